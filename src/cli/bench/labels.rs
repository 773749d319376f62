//! Accuracy on the user's labels.

use std::collections::BTreeMap;

use super::messages::{LeftOut, Messages};
use crate::cli::args::BenchArgs;
use crate::cli::error::{CliError, Exit};
use crate::cli::{eval, input};
use crate::engine::package::ModelPackage;
use crate::evaluate::{Dataset, Wanted};

/// Labelled messages.
pub(super) struct Gold {
    wanted: Wanted,
    data: Dataset,
}

/// Reads the labels that `--labels` names; none where it names none.
///
/// # Errors
/// When a head is not one of the package, or the files do not hold the labels.
pub(super) fn read(args: &BenchArgs, package: &ModelPackage) -> Result<Option<Gold>, CliError> {
    if args.labels.is_empty() {
        return Ok(None);
    }
    if args.files.is_empty() {
        return Err(
            CliError::usage("--labels needs a file; the built-in sample has none").hint("name the labelled export")
        );
    }
    let wanted = eval::labels_of(&args.labels, &[], package)?;
    if let Some(head) = wanted.heads.iter().find(|head| package.heads().get(&head.name).is_none()) {
        let known: Vec<&str> = package.heads().iter().map(|head| head.name.as_str()).collect();
        return Err(CliError::usage(format!("bench compares heads of the model, and \"{}\" is none", head.name))
            .hint(format!("heads are {}; `amends eval` judges everything else", known.join(", "))));
    }
    let (sources, _) = input::sources(&args.files, &args.input)?;
    let data = Dataset::read(&sources, &wanted).map_err(|error| eval::refused(&error))?;
    data.check(&wanted.heads).map_err(|error| eval::refused(&error))?;
    if data.rows.iter().all(|row| row.text.trim().is_empty()) {
        return Err(CliError::new(Exit::Input, "there is no labelled message to measure with"));
    }
    Ok(Some(Gold { wanted, data }))
}

impl Gold {
    /// Returns the first `most` labelled messages.
    pub(super) fn messages(&self, most: usize) -> Messages {
        let data = &self.data;
        let left_out =
            LeftOut { unreadable: data.unreadable, unlabelled: data.unlabelled + data.repeated, ..LeftOut::default() };
        let mut messages = Messages { texts: Vec::new(), left_out };
        data.rows.iter().for_each(|row| messages.add(row.text.clone(), most));
        messages
    }

    /// Returns the share of right labels by head. `answers` has a row for each text, with the heads in the order of their names.
    pub(super) fn accuracy(&self, package: &ModelPackage, answers: &[Vec<u16>]) -> BTreeMap<String, f64> {
        let mut names: Vec<&str> = package.heads().iter().map(|head| head.name.as_str()).collect();
        names.sort_unstable();
        let mut shares = BTreeMap::new();
        for (at, head) in self.wanted.heads.iter().enumerate() {
            let Some(place) = names.iter().position(|name| *name == head.name) else { continue };
            let Some(own) = package.heads().get(&head.name) else { continue };
            let rows = self.data.rows.iter().filter(|row| !row.text.trim().is_empty());
            let judged = rows.zip(answers).filter_map(|(row, answer)| {
                let gold = row.gold[at].as_ref()?;
                let label = own.labels.get(usize::from(answer[place]))?;
                Some(gold.iter().any(|index| head.labels.get(*index) == Some(label)))
            });
            let judged: Vec<bool> = judged.collect();
            if !judged.is_empty() {
                let right = judged.iter().filter(|right| **right).count();
                shares.insert(head.name.clone(), right as f64 / judged.len() as f64);
            }
        }
        shares
    }
}
