//! The map from a classifier's outputs to our heads and labels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Classifier;
use super::error::ImportError;
use crate::engine::package::PackageError;

/// What an imported package is called, and which outputs of the classifier mean what.
///
/// Each head names, for every label, the classifier's labels that mean it; their probabilities are added up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadMap {
    /// Name of the package.
    pub name: String,
    /// Release of the package.
    pub release: String,
    /// Where the classifier comes from.
    pub base: String,
    /// Licence of the classifier.
    pub licence: String,
    head: Vec<HeadEntry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadEntry {
    name: String,
    labels: BTreeMap<String, Vec<String>>,
}

/// A head with the outputs of each label.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) name: String,
    pub(super) labels: Vec<(String, Vec<usize>)>,
    ordered: bool,
}

/// A head that is known beyond its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHead {
    /// Its name.
    pub name: &'static str,
    /// Its labels in order; empty where any labels will do.
    pub labels: Vec<&'static str>,
    /// Whether the labels are levels, lowest first.
    pub ordered: bool,
}

impl HeadMap {
    /// Reads a map in TOML.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        toml::from_str(text).map_err(|error| ImportError::Map { message: error.message().to_owned() })
    }

    /// Returns the heads with their outputs, labels in the product's order.
    pub(super) fn heads(&self, classifier: &Classifier, known: &[KnownHead]) -> Result<Vec<Mapped>, ImportError> {
        let mut heads: Vec<Mapped> = Vec::new();
        for entry in &self.head {
            if heads.iter().any(|head| head.name == entry.name) {
                return Err(ImportError::Twice { head: entry.name.clone() });
            }
            heads.push(entry.mapped(classifier, known)?);
        }
        if heads.is_empty() {
            return Err(ImportError::Map { message: "it has no [[head]]".to_owned() });
        }
        Ok(heads)
    }
}

impl HeadEntry {
    fn mapped(&self, classifier: &Classifier, known: &[KnownHead]) -> Result<Mapped, ImportError> {
        let Some(kind) = known.iter().find(|kind| kind.name == self.name) else {
            let known = known.iter().map(|kind| kind.name.to_owned()).collect();
            return Err(ImportError::UnknownHead { head: self.name.clone(), known });
        };
        let order: Vec<String> = if kind.labels.is_empty() {
            self.labels.keys().cloned().collect()
        } else {
            kind.labels.iter().map(|label| (*label).to_owned()).collect()
        };
        if let Some(label) = self.labels.keys().find(|label| !order.contains(label)) {
            return Err(ImportError::UnknownLabel { head: self.name.clone(), label: label.clone(), known: order });
        }
        let mut times = vec![0; classifier.labels.len()];
        let mut labels = Vec::with_capacity(order.len());
        for label in order {
            let Some(names) = self.labels.get(&label) else {
                return Err(ImportError::MissingLabel { head: self.name.clone(), label });
            };
            let mut outputs = Vec::with_capacity(names.len());
            for name in names {
                let Some(output) = classifier.labels.iter().position(|own| own == name) else {
                    return Err(ImportError::UnknownOutput { output: name.clone(), known: classifier.labels.clone() });
                };
                times[output] += 1;
                outputs.push(output);
            }
            labels.push((label, outputs));
        }
        if let Some(output) = times.iter().position(|times| *times != 1) {
            return Err(ImportError::Outputs {
                head: self.name.clone(),
                output: classifier.labels[output].clone(),
                times: times[output],
            });
        }
        if classifier.several && labels.iter().any(|(_, outputs)| outputs.len() != 1) {
            return Err(ImportError::Several { head: self.name.clone() });
        }
        Ok(Mapped { name: self.name.clone(), labels, ordered: kind.ordered })
    }
}

impl Mapped {
    /// Whether every label has one output.
    fn is_plain(&self) -> bool {
        self.labels.iter().all(|(_, outputs)| outputs.len() == 1)
    }

    /// The classifier's outputs in the order of the head's weights: by label where each has one, else as they are.
    pub(super) fn rows(&self, outputs: usize) -> Vec<usize> {
        if self.is_plain() { self.labels.iter().map(|(_, own)| own[0]).collect() } else { (0..outputs).collect() }
    }
}

/// `heads.toml` for mapped heads.
pub(super) fn to_toml(heads: &[Mapped], activation: &'static str) -> Result<String, PackageError> {
    #[derive(Serialize)]
    struct File<'a> {
        head: Vec<Entry<'a>>,
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        name: &'a str,
        labels: Vec<&'a str>,
        activation: &'static str,
        temperature: f32,
        #[serde(skip_serializing_if = "Option::is_none")]
        threshold: Option<f32>,
        ordered: bool,
        corpora: [&'static str; 1],
        pooler: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        outputs: Option<Vec<&'a [usize]>>,
    }
    fn entry<'a>(head: &'a Mapped, activation: &'static str) -> Entry<'a> {
        Entry {
            name: &head.name,
            labels: head.labels.iter().map(|(label, _)| label.as_str()).collect(),
            activation,
            temperature: 1.0,
            threshold: (head.labels.len() == 2).then_some(0.5),
            ordered: head.ordered,
            corpora: ["imported"],
            pooler: true,
            outputs: (!head.is_plain()).then(|| head.labels.iter().map(|(_, outputs)| outputs.as_slice()).collect()),
        }
    }
    toml::to_string(&File { head: heads.iter().map(|head| entry(head, activation)).collect() })
        .map_err(|error| PackageError::Syntax { file: crate::engine::package::HEADS, message: error.to_string() })
}
