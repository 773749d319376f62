//! The model card, written from the numbers of the run.

use std::fmt::{self, Write as _};

use super::corpora::Library;
use super::evaluate::{Calibration, Figure};
use super::export::corpora_of;
use super::metrics::Estimate;
use super::{Precision, Recipe, Settings, Similarity};

/// What the card tells.
pub(crate) struct Facts<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) recipe: &'a Recipe,
    pub(crate) library: &'a Library,
    pub(crate) calibration: &'a [Calibration],
    pub(crate) figures: &'a [Figure],
    /// Figures by cross-validation.
    pub(crate) out_of_fold: &'a [Figure],
    pub(crate) similarity: Similarity,
    /// Steps done and planned.
    pub(crate) steps: (usize, usize),
    /// Uses of rows in the steps that were done, corpus by corpus, our own sentences last.
    pub(crate) uses: &'a [usize],
    /// Emoji that were added to the vocabulary of the base.
    pub(crate) emoji: usize,
}

/// The card as Markdown.
pub(crate) fn markdown(facts: &Facts<'_>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, facts);
    text
}

fn write(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    let settings = facts.settings;
    writeln!(text, "# {} {}\n", settings.name, settings.release)?;
    writeln!(
        text,
        "A sentence encoder with heads for customer messages in English. Written by the trainer from the numbers of its own run.\n"
    )?;
    writeln!(text, "- base: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), 6 layers, 384 wide")?;
    writeln!(text, "- weights: int8 with a scale per row; heads and the similarity projection f32")?;
    writeln!(text, "- reads up to {} tokens of a message", settings.max_tokens)?;
    if facts.steps.0 < facts.steps.1 {
        writeln!(text, "- **an intermediate state: stopped after {} of {} steps**", facts.steps.0, facts.steps.1)?;
    }
    figures(text, facts)?;
    cross_validation(text, facts)?;
    heads(text, facts)?;
    data(text, facts)?;
    limits(text, facts)?;
    run(text, facts)
}

pub(crate) fn interval(estimate: Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.low, estimate.high)
}

fn figures(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    writeln!(text, "\n## Figures\n")?;
    writeln!(
        text,
        "On rows that were neither trained nor calibrated on (the `dev` splits), with 95 % bootstrap intervals. `trained` are the f32 weights, `int8` the \
         ones in this package; the last column is int8 minus f32 on the same rows. banking77 has no such split: its figures are those of \
         the rows held out for calibration. `issue` and `remedy` have no labels by people: their figures are agreement with our \
         own rules and tables. `ECE` is the expected calibration error (ten bins of equal size, less what chance shows).\n"
    )?;
    table(text, facts.figures)?;
    writeln!(
        text,
        "\nemotion is measured on comments of one group (several share a comment in training). sst2 has no neutral label: neutral is left out \
         there before the two others are compared.\n"
    )?;
    writeln!(
        text,
        "Similarity: the projected embedding has a mean cosine of {:.3} with that of the base encoder on {} held-out rows; cosines of pairs of rows \
         correlate at {:.3} with the base encoder's.",
        facts.similarity.cosine, facts.similarity.rows, facts.similarity.correlation
    )
}

fn table(text: &mut String, figures: &[Figure]) -> fmt::Result {
    writeln!(text, "| rows | head | metric | n | trained | int8 | difference |")?;
    writeln!(text, "|---|---|---|---|---|---|---|")?;
    for figure in figures {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            figure.rows_of,
            figure.head,
            figure.metric.name(),
            figure.rows,
            interval(figure.trained),
            interval(figure.shipped),
            interval(figure.difference),
        )?;
    }
    Ok(())
}

fn cross_validation(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    if facts.out_of_fold.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n## Figures by cross-validation\n")?;
    writeln!(
        text,
        "On the training rows of {}: the last stage ({}) was run {} times, each time without one part, and judged on that part, with temperatures and \
         thresholds from the other parts. These weights are not the shipped ones: they are of one run on less. `all` pools the corpora. \
         Domains were left out one at a time in a shorter form of the last stage, judged at a threshold of one half, without random tweets.\n",
        facts.recipe.cross_validated.join(" and "),
        facts.recipe.stage.last().map_or("", |stage| stage.name.as_str()),
        facts.recipe.folds,
    )?;
    table(text, facts.out_of_fold)
}

fn heads(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    writeln!(text, "\n## Heads\n")?;
    writeln!(text, "| head | labels | corpora | temperature | threshold |\n|---|---|---|---|---|")?;
    for (at, head) in facts.library.heads.iter().enumerate() {
        let labels =
            if head.labels.len() > 20 { format!("{} intents", head.labels.len()) } else { head.labels.join(", ") };
        let calibration = facts.calibration[at];
        let threshold = calibration.threshold.map_or_else(String::new, |value| format!("{value:.3}"));
        let corpora = corpora_of(facts.library, at).join(", ");
        writeln!(text, "| {} | {labels} | {corpora} | {:.3} | {threshold} |", head.name, calibration.temperature)?;
    }
    Ok(())
}

fn data(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    writeln!(text, "\n## Training data and its terms\n")?;
    writeln!(text, "No text of any corpus is part of this package.\n")?;
    writeln!(text, "| corpus | heads | row uses | source and terms |\n|---|---|---|---|")?;
    for (at, corpus) in facts.library.corpora.iter().enumerate() {
        let heads: Vec<&str> = (0..facts.library.heads.len())
            .filter(|head| corpora_of(facts.library, *head).contains(&corpus.name.as_str()))
            .map(|head| facts.library.heads[head].name.as_str())
            .collect();
        writeln!(text, "| {} | {} | {} | {} |", corpus.name, heads.join(", "), facts.uses[at], corpus.licence)?;
    }
    let own = facts.uses.last().copied().unwrap_or(0);
    let heads: Vec<&str> = (0..facts.library.heads.len())
        .filter(|head| corpora_of(facts.library, *head).contains(&"own sentences"))
        .map(|head| facts.library.heads[head].name.as_str())
        .collect();
    writeln!(text, "| own sentences | {} | {own} | written for this project, under its licence |\n", heads.join(", "))?;
    writeln!(
        text,
        "The SemEval-2019 suggestion corpus (non-commercial) was not used. fincorp's complaint label was not used: it only says how a row was collected."
    )
}

fn limits(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    writeln!(text, "\n## Limits\n")?;
    writeln!(
        text,
        "- English only. {} emoji are words of its vocabulary; other signs and scripts beyond Latin reach it as unknown tokens for the most part.",
        facts.emoji
    )?;
    writeln!(
        text,
        "- `complaint` knows tweets to brands, reviews of Indian online shops, and messages that we wrote ourselves; of real emails and chats it has seen none."
    )?;
    writeln!(
        text,
        "- The reproach levels of tweets, reviews and finance tweets were assigned by different people and do not agree with one another: compare levels \
         inside a family only. Even annotators agree at a kappa of about .64."
    )?;
    writeln!(
        text,
        "- `issue` and `remedy` were learned from rules, tables and a few hundred sentences of ours, not from labelled messages. Rare issues (safety, privacy, staff) rest on little."
    )?;
    writeln!(text, "- `intent` and `product` know banking only.")?;
    writeln!(text, "- Nothing here judges whether a complaint is true.")?;
    writeln!(text, "- Texts beyond {} tokens are cut.", facts.settings.max_tokens)
}

fn run(text: &mut String, facts: &Facts<'_>) -> fmt::Result {
    let settings = facts.settings;
    writeln!(text, "\n## How to make it again\n")?;
    writeln!(text, "    {}\n", settings.command)?;
    let precision = match settings.precision {
        Precision::F32 => "f32",
        Precision::Bf16 => "bf16 products over f32 weights",
    };
    for stage in facts.recipe.stage.iter().chain(&facts.recipe.again) {
        let passes: Vec<String> = stage.passes.iter().map(|(corpus, passes)| format!("{corpus} {passes}")).collect();
        writeln!(
            text,
            "- stage {}: peak rates {} (top layer, times {} per layer below) and {} (heads); passes over the training rows: {}",
            stage.name,
            stage.encoder_rate,
            settings.layer_decay,
            stage.head_rate,
            passes.join(", ")
        )?;
    }
    if !facts.recipe.again.is_empty() {
        let names: Vec<&str> = facts.recipe.last().map(|stage| stage.name.as_str()).collect();
        writeln!(
            text,
            "\nThe stages {} begin from the same weights, with other seeds; the package holds the mean of their weights.",
            names.join(", ")
        )?;
    }
    writeln!(
        text,
        "\n{} steps of up to {} rows, {precision}, seed {}; AdamW, linear rise over {} of the steps of a stage and fall to 0; dropout {}; an exponential \
         average of the weights ({} per step) is what is kept of a stage; ordered heads add {} times the squared distance of cumulated probabilities; every {} steps \
         the similarity projection is pulled towards the base encoder. In the last stage labels of the cross-validated corpora are mixed with their out-of-fold predictions at a \
         share of {}. 8 % of the training rows, by hash, were held out for temperatures and thresholds.",
        facts.steps.0,
        settings.batch_rows,
        settings.seed,
        settings.warm_up,
        settings.dropout,
        settings.average,
        settings.ordered,
        settings.similarity_every,
        facts.recipe.soft,
    )
}
