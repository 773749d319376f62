//! Labelled corpora: files on disk -> examples with targets.
//!
//! What a corpus says, and what of it is believed, is decided here and in the tables beside this file; see
//! `docs/training.md` for the reasons. No text of a corpus leaves this process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde::Deserialize;

use super::TrainError;
use super::random::stable_hash;

/// A head, as `heads.toml` beside this file describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) labels: Vec<String>,
    #[serde(default = "one")]
    pub(crate) weight: f64,
    #[serde(default)]
    pub(crate) balance: f64,
    #[serde(default)]
    pub(crate) ordered: bool,
    #[serde(default)]
    pub(crate) two_way: bool,
    from: Option<LabelSource>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelSource {
    corpus: String,
    column: String,
}

fn one() -> f64 {
    1.0
}

impl Head {
    /// A head whose labels count alike.
    pub(crate) fn plain(name: &str, labels: &[String]) -> Self {
        Self {
            name: name.to_owned(),
            labels: labels.to_vec(),
            weight: 1.0,
            balance: 0.0,
            ordered: false,
            two_way: labels.len() == 2,
            from: None,
        }
    }

    pub(crate) fn label(&self, name: &str) -> Option<usize> {
        self.labels.iter().position(|label| label == name)
    }
}

/// A corpus and how it is used, as `corpora.toml` beside this file describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Corpus {
    pub(crate) name: String,
    pub(crate) max_tokens: usize,
    pub(crate) plain: f64,
    pub(crate) licence: String,
}

/// What a row is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Gradients.
    Train,
    /// Temperatures and thresholds; about 8 % of the training files, by hash of the text.
    Calibration,
    /// The figures of the card, nothing else.
    Dev,
}

/// Where a target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The corpus says so.
    Gold,
    /// A table or a rule of ours says so.
    Silver,
}

/// What a head should say about a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub(crate) head: usize,
    /// Label indices with their shares, which sum to 1.
    pub(crate) labels: Vec<(usize, f32)>,
    /// The labels that the corpus chose from, where those are not all: the others are left out of the loss.
    pub(crate) among: Option<Vec<usize>>,
    pub(crate) weight: f64,
    pub(crate) origin: Origin,
}

/// A text with its targets.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    /// Index into the corpora; one past the last for our own seed sentences.
    pub(crate) corpus: usize,
    pub(crate) text: String,
    pub(crate) part: Part,
    pub(crate) targets: Vec<Target>,
    /// A tag by which figures are sliced: the domain of an xci row.
    pub(crate) slice: String,
}

/// Everything that was read.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    pub(crate) heads: Vec<Head>,
    pub(crate) corpora: Vec<Corpus>,
    pub(crate) examples: Vec<Example>,
}

#[derive(Deserialize)]
struct HeadFile {
    head: Vec<Head>,
}

#[derive(Deserialize)]
struct CorpusFile {
    corpus: Vec<Corpus>,
}

type Table = BTreeMap<String, String>;

#[derive(Deserialize)]
struct LabelFile {
    emotion: BTreeMap<String, Table>,
    product: BTreeMap<String, Table>,
    issue: BTreeMap<String, Table>,
    remedy: BTreeMap<String, Table>,
    silver: BTreeMap<String, Vec<Rule>>,
}

#[derive(Deserialize)]
struct Rule {
    label: String,
    patterns: Vec<String>,
}

fn data<'de, T: Deserialize<'de>>(name: &'static str, text: &'de str) -> Result<T, TrainError> {
    toml::from_str(text).map_err(|source| TrainError::Data { name, message: source.to_string() })
}

/// The silver rules of one head.
struct Silver {
    set: RegexSet,
    /// Label of each pattern of the set.
    owner: Vec<usize>,
    labels: usize,
}

impl Silver {
    fn new(head: &Head, rules: &[Rule]) -> Result<Self, TrainError> {
        let bad = |message: String| TrainError::Data { name: "labels.toml", message };
        let mut owner = Vec::new();
        let mut patterns = Vec::new();
        for rule in rules {
            let label =
                head.label(&rule.label).ok_or_else(|| bad(format!("{} is no label of {}", rule.label, head.name)))?;
            owner.extend(std::iter::repeat_n(label, rule.patterns.len()));
            patterns.extend(&rule.patterns);
        }
        let set = RegexSet::new(patterns).map_err(|source| bad(source.to_string()))?;
        Ok(Self { set, owner, labels: head.labels.len() })
    }

    /// The labels with the most patterns found in `text`: one, or two that share; nothing when none or more do.
    fn labels(&self, text: &str) -> Vec<usize> {
        let lower = text.to_lowercase();
        let mut found = vec![0; self.labels];
        for pattern in self.set.matches(&lower) {
            found[self.owner[pattern]] += 1;
        }
        let most = found.iter().copied().max().unwrap_or(0);
        let best: Vec<usize> = (0..found.len()).filter(|label| most > 0 && found[*label] == most).collect();
        if best.len() > 2 { Vec::new() } else { best }
    }
}

/// Messages of our own that have something in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnGroup {
    messages: Vec<OwnMessage>,
}

/// A message of our own with its labels.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnMessage {
    text: String,
    sentiment: String,
    complaint: String,
    emotion: Option<String>,
    issue: Option<String>,
    remedy: Option<String>,
}

impl OwnMessage {
    /// Head and label of everything that is labelled.
    fn labels(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [("emotion", &self.emotion), ("issue", &self.issue), ("remedy", &self.remedy)];
        [("sentiment", self.sentiment.as_str()), ("complaint", self.complaint.as_str())]
            .into_iter()
            .chain(optional.into_iter().filter_map(|(head, label)| Some((head, label.as_deref()?))))
    }
}

/// One row of a corpus, by column name.
type Row = HashMap<String, String>;

/// Reads all corpora below `folder`, each `NAME/train.csv` and, where there is one, `NAME/dev.csv`.
pub(crate) fn read(folder: &Path, names: Option<&[String]>) -> Result<Library, TrainError> {
    let mut heads = data::<HeadFile>("heads.toml", include_str!("heads.toml"))?.head;
    let mut corpora = data::<CorpusFile>("corpora.toml", include_str!("corpora.toml"))?.corpus;
    if let Some(names) = names {
        corpora.retain(|corpus| names.contains(&corpus.name));
    }
    for head in &mut heads {
        if let Some(from) = &head.from {
            let rows = rows(&folder.join(&from.corpus).join("train.csv"))?;
            let labels: BTreeSet<String> = rows.iter().filter_map(|row| row.get(&from.column).cloned()).collect();
            head.labels = labels.into_iter().collect();
        }
    }
    let reader = Reader::new(&heads)?;
    let mut examples = Vec::new();
    for (index, corpus) in corpora.iter().enumerate() {
        for (file, dev) in [("train.csv", false), ("dev.csv", true)] {
            let path = folder.join(&corpus.name).join(file);
            if dev && !path.exists() {
                continue;
            }
            for (at, row) in rows(&path)?.iter().enumerate() {
                let text = clean(&corpus.name, field(row, "text"));
                let part = match (dev, stable_hash(&text) % 100 < 8) {
                    (true, _) => Part::Dev,
                    (false, true) => Part::Calibration,
                    (false, false) => Part::Train,
                };
                let targets = reader.targets(&corpus.name, &text, row).map_err(|value| TrainError::Label {
                    path: path.clone(),
                    row: at + 2,
                    value,
                })?;
                if text.is_empty() || targets.is_empty() {
                    continue;
                }
                examples.push(Example { corpus: index, text, part, targets, slice: field(row, "domain").to_owned() });
            }
        }
    }
    examples.extend(reader.own(corpora.len())?);
    Ok(Library { heads, corpora, examples })
}

fn rows(path: &PathBuf) -> Result<Vec<Row>, TrainError> {
    let bad = |source: csv::Error| TrainError::Corpus { path: path.clone(), message: source.to_string() };
    csv::Reader::from_path(path).map_err(bad)?.deserialize().collect::<Result<_, _>>().map_err(bad)
}

fn field<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

/// Undoes what collecting did to the text of some corpora: escapes that were written out, doubled quotes.
fn clean(corpus: &str, text: &str) -> String {
    static ESCAPE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\\u([0-9a-fA-F]{4})").ok());
    let text = match corpus {
        "semeval_sentiment" => {
            let text = text.replace("\\\"", "\"").replace("\"\"", "\"");
            let decode = |found: &regex::Captures<'_>| {
                u32::from_str_radix(&found[1], 16).ok().and_then(char::from_u32).map_or_else(String::new, String::from)
            };
            ESCAPE.as_ref().map_or_else(|| text.clone(), |escape| escape.replace_all(&text, decode).into_owned())
        }
        "cesamard" | "tweeteval_emotion" => text.replace("\\n", "\n"),
        _ => text.to_owned(),
    };
    text.trim().to_owned()
}

/// The text without @names and links, for a share of the uses of tweets.
pub(crate) fn plain(text: &str) -> String {
    text.split_whitespace().filter(|word| !word.starts_with('@') && !word.contains("://")).collect::<Vec<_>>().join(" ")
}

struct Reader<'a> {
    heads: &'a [Head],
    tables: LabelFile,
    silver: HashMap<&'static str, Silver>,
}

impl<'a> Reader<'a> {
    fn new(heads: &'a [Head]) -> Result<Self, TrainError> {
        let tables: LabelFile = data("labels.toml", include_str!("labels.toml"))?;
        let mut silver = HashMap::new();
        for name in ["issue", "remedy"] {
            let head = heads.iter().find(|head| head.name == name);
            if let (Some(head), Some(rules)) = (head, tables.silver.get(name)) {
                silver.insert(name, Silver::new(head, rules)?);
            }
        }
        Ok(Self { heads, tables, silver })
    }

    fn head(&self, name: &str) -> Result<(usize, &Head), String> {
        self.heads.iter().enumerate().find(|(_, head)| head.name == name).ok_or_else(|| format!("no head {name}"))
    }

    fn target(&self, head: &str, label: &str, weight: f64, origin: Origin) -> Result<Target, String> {
        let (index, head) = self.head(head)?;
        let label = head.label(label).ok_or_else(|| format!("{label} for {}", head.name))?;
        Ok(Target { head: index, labels: vec![(label, 1.0)], among: None, weight, origin })
    }

    fn silver(&self, head: &'static str, text: &str, weight: f64) -> Result<Option<Target>, String> {
        let labels = self.silver.get(head).map_or_else(Vec::new, |silver| silver.labels(text));
        if labels.is_empty() {
            return Ok(None);
        }
        let share = 1.0 / labels.len() as f32;
        let labels = labels.into_iter().map(|label| (label, share)).collect();
        Ok(Some(Target { head: self.head(head)?.0, labels, among: None, weight, origin: Origin::Silver }))
    }

    /// Issue and remedy of a complaint by rule; a complaint that names no remedy asks for none.
    fn silver_pair(&self, text: &str, targets: &mut Vec<Target>) -> Result<(), String> {
        targets.extend(self.silver("issue", text, 0.6)?);
        match self.silver("remedy", text, 0.6)? {
            Some(target) => targets.push(target),
            None => targets.push(self.target("remedy", "none", 0.3, Origin::Silver)?),
        }
        Ok(())
    }

    fn targets(&self, corpus: &str, text: &str, row: &Row) -> Result<Vec<Target>, String> {
        let gold = |head: &str, label: &str, weight: f64| self.target(head, label, weight, Origin::Gold);
        let mut targets = Vec::new();
        match corpus {
            "xci" => {
                let complains = yes_no(field(row, "complaint"))?;
                targets.push(gold("complaint", complains, 1.0)?);
                if complains == "yes" {
                    targets.extend(self.reproach("reproach_tweet", row)?);
                    self.silver_pair(text, &mut targets)?;
                } else if field(row, "domain").starts_with("random_") {
                    targets.push(self.target("issue", "other", 0.3, Origin::Silver)?);
                    targets.push(self.target("remedy", "none", 0.3, Origin::Silver)?);
                }
            }
            "cesamard" => {
                let complains = yes_no(field(row, "complaint"))?;
                targets.push(gold("complaint", complains, 1.0)?);
                targets.push(gold("sentiment", field(row, "sentiment"), 0.7)?);
                if complains == "yes" {
                    targets.extend(self.reproach("reproach_review", row)?);
                    self.silver_pair(text, &mut targets)?;
                    let has_issue =
                        targets.iter().any(|target| Some(target.head) == self.head("issue").ok().map(|h| h.0));
                    if let (false, Some(issue)) = (has_issue, self.aspect(row)) {
                        targets.push(self.target("issue", &issue, 0.5, Origin::Silver)?);
                    }
                } else {
                    targets.push(self.target("remedy", "none", 0.2, Origin::Silver)?);
                }
            }
            "fincorp" => {
                // Its complaint label says which domain a row was collected for, so only rows that carry a level are believed.
                targets.push(gold("sentiment", field(row, "sentiment"), 0.5)?);
                let level = self.reproach("reproach_finance", row)?;
                if level.is_some() {
                    targets.extend(level);
                    self.silver_pair(text, &mut targets)?;
                }
            }
            "semeval_sentiment" => targets.push(gold("sentiment", field(row, "sentiment"), 1.0)?),
            "sst2" => {
                let mut target = gold("sentiment", field(row, "sentiment"), 1.0)?;
                let (_, head) = self.head("sentiment")?;
                target.among = Some(["negative", "positive"].iter().filter_map(|label| head.label(label)).collect());
                targets.push(target);
            }
            "goemotions" => targets.extend(self.goemotions(field(row, "labels"))?),
            "tweeteval_emotion" => {
                let emotion = field(row, "emotion");
                targets.push(gold("emotion_tweet", emotion, 1.0)?);
                targets.push(gold("anger", if emotion == "anger" { "yes" } else { "no" }, 1.0)?);
            }
            "banking77" => {
                let intent = field(row, "intent");
                targets.push(gold("intent", intent, 1.0)?);
                for (head, tables) in [("issue", &self.tables.issue), ("remedy", &self.tables.remedy)] {
                    if let Some(label) = tables.get(corpus).and_then(|table| table.get(intent)) {
                        targets.push(self.target(head, label, 0.4, Origin::Silver)?);
                    }
                }
            }
            "cfpb" => {
                let product = field(row, "product");
                // 'Consumer Loan' was split into two products later; which one a row means is unknown.
                if product != "Consumer Loan" {
                    let renamed = self.tables.product.get(corpus).and_then(|table| table.get(product));
                    targets.push(gold("product", renamed.map_or(product, String::as_str), 1.0)?);
                }
                if let Some(label) = self.tables.issue.get(corpus).and_then(|table| table.get(field(row, "issue"))) {
                    targets.push(self.target("issue", label, 0.4, Origin::Silver)?);
                }
            }
            other => return Err(format!("nothing is known about the corpus {other}")),
        }
        Ok(targets)
    }

    /// The level of a complaint; rows that are called a complaint without a level, or the other way round, have none.
    fn reproach(&self, head: &str, row: &Row) -> Result<Option<Target>, String> {
        match (field(row, "complaint"), field(row, "severity")) {
            (_, "none") | ("0", _) => Ok(None),
            (_, level) => self.target(head, level, 1.0, Origin::Gold).map(Some),
        }
    }

    /// The issue that most aspects of a review point to; `None` when they disagree.
    fn aspect(&self, row: &Row) -> Option<String> {
        let table = self.tables.issue.get("cesamard")?;
        let found: BTreeSet<&String> =
            field(row, "aspects").split(';').filter_map(|aspect| table.get(aspect)).collect();
        if found.len() == 1 { found.first().map(ToString::to_string) } else { None }
    }

    /// Groups of the emotions of a comment share the row; neutral counts only where nothing else is named.
    fn goemotions(&self, labels: &str) -> Result<Vec<Target>, String> {
        let table = self.tables.emotion.get("goemotions").ok_or("no table for goemotions")?;
        let mut groups = BTreeSet::new();
        for label in labels.split(';') {
            groups.insert(table.get(label).ok_or_else(|| format!("{label} in goemotions"))?.as_str());
        }
        if groups.len() > 1 {
            groups.remove("other");
        }
        let (index, head) = self.head("emotion")?;
        let share = 1.0 / groups.len() as f32;
        let labels = groups.iter().filter_map(|group| Some((head.label(group)?, share))).collect();
        let emotion = Target { head: index, labels, among: None, weight: 1.0, origin: Origin::Gold };
        let angry = if groups.contains("anger") { "yes" } else { "no" };
        Ok(vec![emotion, self.target("anger", angry, 0.7, Origin::Gold)?])
    }

    /// Our own sentences; one that stands under both heads is one example. Then our own messages.
    fn own(&self, corpus: usize) -> Result<Vec<Example>, TrainError> {
        let file: BTreeMap<String, BTreeMap<String, Vec<String>>> = data("seeds.toml", include_str!("seeds.toml"))?;
        let mut found: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        for (head, labels) in &file {
            for (label, sentences) in labels {
                for sentence in sentences {
                    let target = self
                        .target(head, label, 1.0, Origin::Gold)
                        .map_err(|message| TrainError::Data { name: "seeds.toml", message })?;
                    found.entry(sentence.clone()).or_default().push(target);
                }
            }
        }
        let example = |(text, targets)| Example { corpus, text, part: Part::Train, targets, slice: String::new() };
        let mut examples: Vec<Example> = found.into_iter().map(example).collect();
        let groups: BTreeMap<String, OwnGroup> = data("messages.toml", include_str!("messages.toml"))?;
        for message in groups.into_values().flat_map(|group| group.messages) {
            let targets = message
                .labels()
                .map(|(head, label)| self.target(head, label, 1.0, Origin::Gold))
                .collect::<Result<_, _>>()
                .map_err(|message| TrainError::Data { name: "messages.toml", message })?;
            examples.push(example((message.text, targets)));
        }
        Ok(examples)
    }
}

fn yes_no(value: &str) -> Result<&'static str, String> {
    match value {
        "0" => Ok("no"),
        "1" => Ok("yes"),
        other => Err(format!("{other} for complaint")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_a_corpus_are_undone() {
        assert_eq!(clean("semeval_sentiment", r#"Vancouver\u002c it\u2019s \""x\"" "#), "Vancouver, it’s \"x\"");
        assert_eq!(clean("cesamard", r"Good\n bad\n"), "Good\n bad");
        assert_eq!(clean("xci", r"a \u002c b"), r"a \u002c b");
    }

    #[test]
    fn plain_text_has_no_names_and_links() {
        assert_eq!(plain("@shop my  order http://t.co/x is late"), "my order is late");
    }

    #[test]
    fn tables_and_rules_name_known_labels() {
        let heads = data::<HeadFile>("heads.toml", include_str!("heads.toml")).unwrap().head;
        let reader = Reader::new(&heads).unwrap();
        for (head, tables) in [("issue", &reader.tables.issue), ("remedy", &reader.tables.remedy)] {
            for label in tables.values().flat_map(BTreeMap::values) {
                reader.target(head, label, 1.0, Origin::Silver).unwrap();
            }
        }
        assert!(reader.own(0).unwrap().len() > 250);
    }

    #[test]
    fn silver_rules_need_a_winner() {
        let heads = data::<HeadFile>("heads.toml", include_str!("heads.toml")).unwrap().head;
        let reader = Reader::new(&heads).unwrap();
        let label = |head: &'static str, text: &str| {
            let target = reader.silver(head, text, 1.0).unwrap();
            target.map(|t| t.labels.iter().map(|(l, _)| heads[t.head].labels[*l].clone()).collect::<Vec<_>>())
        };
        assert_eq!(label("issue", "Your parcel was never delivered").unwrap(), ["delivery"]);
        assert_eq!(label("remedy", "please REFUND my money back").unwrap(), ["refund"]);
        assert_eq!(label("issue", "good morning"), None);
    }

    #[test]
    fn emotions_of_one_comment_share_it() {
        let heads = data::<HeadFile>("heads.toml", include_str!("heads.toml")).unwrap().head;
        let reader = Reader::new(&heads).unwrap();
        let targets = reader.goemotions("annoyance;neutral;fear").unwrap();
        assert_eq!(targets[0].labels, [(0, 0.5), (2, 0.5)]);
        assert_eq!(targets[1].labels, [(1, 1.0)]);
        assert!(reader.goemotions("spite").is_err());
    }
}
