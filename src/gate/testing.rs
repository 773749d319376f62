//! What tests of the gate share.

use super::Gate;
use crate::drafting::Templates;
use crate::playbook::Playbook;

/// A reply that no rule has anything to say about, in public.
pub(crate) const CLEAN: &str = "Hello Ana, a kettle that leaks on the first day is a nuisance, and we see why you are annoyed. Email \
    care@harbourpine.example with your number and Sam will ring you tomorrow. We report back here by Friday.";

/// The gate of the starter playbook.
pub(crate) fn gate() -> Gate {
    Gate::new(&Playbook::embedded().unwrap(), Templates::embedded().unwrap().channels())
}

/// The gate of the starter playbook with some of its lines changed.
pub(crate) fn gate_with(changes: &[(&str, &str)]) -> Gate {
    let text = changes.iter().fold(crate::playbook::STARTER.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    Gate::new(&Playbook::parse("changed", &text).unwrap(), Templates::embedded().unwrap().channels())
}

/// The gate of a regulated firm.
pub(crate) fn regulated() -> Gate {
    gate_with(&[(
        "profile = \"default\"",
        "profile = \"regulated\"\nombudsman = { name = \"the ombudsman\", text = \"You can turn to the ombudsman.\" }",
    )])
}

/// The gate of a firm that publishes these addresses and numbers.
pub(crate) fn gate_publishing(ours: &[String]) -> Gate {
    let list = |wanted: &dyn Fn(&String) -> bool| {
        let quoted: Vec<String> = ours.iter().filter(|ours| wanted(ours)).map(|ours| format!("\"{ours}\"")).collect();
        quoted.join(", ")
    };
    let is_phone = |text: &String| !text.contains('@') && !text.contains(|c: char| c.is_alphabetic());
    let published = format!(
        "[voice.published]\nemails = [{}]\nphones = [{}]\naddresses = [{}]\n",
        list(&|text| text.contains('@')),
        list(&is_phone),
        list(&|text| !text.contains('@') && !is_phone(text)),
    );
    let starter = crate::playbook::STARTER;
    let from = starter.find("[voice.published]").unwrap();
    let to = from + starter[from..].find("\n\n").unwrap();
    let text = [&starter[..from], &published, &starter[to..]].concat();
    Gate::new(&Playbook::parse("publishing", &text).unwrap(), Templates::embedded().unwrap().channels())
}
