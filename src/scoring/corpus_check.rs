//! A look at what the rules do on real texts, for whoever edits the rule files. Run by hand:
//!
//! `AMENDS_RULES_CSV=texts.csv AMENDS_RULES_FILE=triggers cargo test --lib corpus_check -- --ignored --nocapture`
//!
//! The rule file is read from the disk, so that editing it needs no compilation. Nothing of the texts is kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::lexicon::Lexicon;
use super::lexicon::tests::check_file;
use super::view::View;
use super::{analyse_text, language};

fn texts() -> Vec<String> {
    let path = std::env::var("AMENDS_RULES_CSV").expect("AMENDS_RULES_CSV names a csv file with a column `text`");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let column = reader.headers().unwrap().iter().position(|name| name == "text").unwrap();
    reader.records().map(|record| record.unwrap()[column].to_owned()).collect()
}

#[test]
#[ignore = "needs texts that are not part of the project"]
fn hits_of_a_rule_file() {
    let name = std::env::var("AMENDS_RULES_FILE")
        .expect("AMENDS_RULES_FILE names a rule file: triggers, evidence, issues, remedies or harm");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/lexicons/{name}.toml"));
    let lexicon = Lexicon::parse(&name, &std::fs::read_to_string(path).unwrap()).unwrap();
    let mut found: BTreeMap<(&str, usize), Vec<String>> = BTreeMap::new();
    let texts = texts();
    for text in &texts {
        let view = View::new(text);
        for hit in lexicon.find(&view) {
            let (from, to) = (hit.from.saturating_sub(60), (hit.to + 50).min(view.bytes().len()));
            let shown = format!(
                "{}>>{}<<{}",
                String::from_utf8_lossy(&view.bytes()[from..hit.from]),
                String::from_utf8_lossy(&view.bytes()[hit.from..hit.to]),
                String::from_utf8_lossy(&view.bytes()[hit.to..to])
            );
            found.entry((&lexicon.rules()[hit.rule].label, hit.rule)).or_default().push(shown.replace('\n', " / "));
        }
    }
    for ((label, rule), shown) in &found {
        println!("== {label} rule {rule}: {} in {} texts", shown.len(), texts.len());
        let step = shown.len().div_ceil(25).max(1);
        for line in shown.iter().step_by(step) {
            println!("   {line}");
        }
    }
}

#[test]
#[ignore = "for editing: checks the rule files on the disk"]
fn rule_files_on_the_disk() {
    for name in ["triggers", "evidence", "issues", "remedies", "harm"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/lexicons/{name}.toml"));
        let lexicon = Lexicon::parse(name, &std::fs::read_to_string(path).unwrap()).unwrap();
        let labels: Vec<String> = lexicon.rules().iter().map(|rule| rule.label.clone()).collect();
        let known: Vec<&str> = labels.iter().map(String::as_str).collect();
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            check_file(&lexicon, &known);
        }));
        println!("{name}: {}", if checked.is_ok() { "all examples hold" } else { "FAILED" });
    }
}

#[test]
#[ignore = "needs texts that are not part of the project"]
fn speed_and_languages() {
    let texts = texts();
    let mut foreign = Vec::new();
    let start = Instant::now();
    for text in &texts {
        let language = language::detect(text);
        if language.is_foreign {
            foreign.push((language.code, text));
        }
    }
    println!(
        "language: {:.0} texts/s, {} of {} foreign",
        texts.len() as f64 / start.elapsed().as_secs_f64(),
        foreign.len(),
        texts.len()
    );
    for text in [
        "Llevo tres semanas esperando mi pedido y nadie responde a mis correos, es una vergüenza.",
        "El paquete llegó roto y quiero que me devuelvan el dinero.",
        "Я жду свой заказ уже три недели, и никто не отвечает на мои письма",
        "O produto chegou quebrado e ninguém responde aos meus e-mails, quero meu dinheiro de volta.",
        "De bestelling is nog steeds niet aangekomen en niemand beantwoordt mijn e-mails.",
        "Il pacco è arrivato rotto e nessuno risponde alle mie email.",
        "Paketet kom aldrig fram och ingen svarar på mina mejl.",
        "Bestillingen kom aldrig, og ingen svarer på mine e-mails.",
        "Siparişim hâlâ gelmedi ve kimse e-postalarıma cevap vermiyor.",
        "bhai mera order abhi tak nahi aaya aur koi reply nahi kar raha hai",
        "لم يصل طلبي حتى الآن ولا أحد يرد على رسائلي",
        "मेरा ऑर्डर अभी तक नहीं आया है और कोई जवाब नहीं दे रहा है",
    ] {
        println!("   {:?} raw {:?}", language::detect(text), whatlang::detect(text));
    }
    for (code, text) in foreign.iter().take(30) {
        println!("   {code:?} {text}");
    }
    let start = Instant::now();
    let marks: usize = texts.iter().map(|text| analyse_text(text).marks.len()).sum();
    println!("rules: {:.0} texts/s, {marks} marks", texts.len() as f64 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    let marks: usize = texts.iter().map(|text| analyse_text(text).marks.len()).sum();
    println!("rules, warm: {:.0} texts/s, {marks} marks", texts.len() as f64 / start.elapsed().as_secs_f64());
}

#[test]
#[ignore = "needs texts that are not part of the project"]
fn costs_of_rules() {
    let texts = texts();
    let views: Vec<View> = texts.iter().map(|text| View::new(text)).collect();
    for name in ["triggers", "evidence", "issues", "remedies", "harm"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/lexicons/{name}.toml"));
        let text = std::fs::read_to_string(path).unwrap();
        let start = Instant::now();
        let lexicon = Lexicon::parse(name, &text).unwrap();
        let load = start.elapsed().as_secs_f64() * 1e3;
        let mut tried = vec![0_usize; lexicon.rules().len()];
        for view in &views {
            for rule in lexicon.candidates(view) {
                tried[rule] += 1;
            }
            lexicon.find(view);
        }
        let start = Instant::now();
        for view in &views {
            lexicon.find(view);
        }
        let each = start.elapsed().as_secs_f64() * 1e6 / views.len() as f64;
        println!(
            "{name}: loaded in {load:.1} ms, {each:.1} us a text, {:.2} rules tried",
            tried.iter().sum::<usize>() as f64 / views.len() as f64
        );
        let mut order: Vec<usize> = (0..tried.len()).collect();
        order.sort_by_key(|&rule| std::cmp::Reverse(tried[rule]));
        for rule in order.into_iter().take(8) {
            let rules = &lexicon.rules()[rule];
            println!("   {:.2} {} rule {rule}", tried[rule] as f64 / views.len() as f64, rules.label);
        }
    }
}
