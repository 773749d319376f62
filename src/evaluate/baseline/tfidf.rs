//! Texts as sparse vectors of words and letter sequences, weighted by how rare they are, and a classifier over them.

use std::collections::HashMap;

use rayon::prelude::*;

use super::super::folds::stratified;
use super::super::measures::Table;
use super::logistic::{Rows, Softmax};
use super::{FOLDS, SEED};

/// Strengths of the penalty that are tried, strongest first (C of the usual libraries: one over the penalty's weight).
const STRENGTHS: [f64; 3] = [1.0, 4.0, 16.0];

/// Up to how many training rows the strength is chosen by full cross-validation; beyond, one fifth is held out.
const FULL: usize = 5000;

/// A feature has to stand in this many training texts.
const LEAST_TEXTS: u32 = 2;

/// Words and pairs of words make one block of features, sequences of three to five letters inside words the other; each block has length 1.
const BLOCKS: usize = 2;

/// Features of a text in one block, as hashes with counts.
type Counts = HashMap<u64, u32>;

/// Which features there are and how much each weighs.
#[derive(Debug)]
struct Vocabulary {
    /// Column and inverse document frequency by hash, block by block.
    features: [HashMap<u64, (u32, f32)>; BLOCKS],
    columns: usize,
}

impl Vocabulary {
    fn of<'t>(texts: impl ExactSizeIterator<Item = &'t [Counts; BLOCKS]> + Clone) -> Self {
        let mut columns = 0;
        let count = texts.len() as f64;
        let features = [0, 1].map(|block| {
            let mut in_texts: HashMap<u64, u32> = HashMap::new();
            for text in texts.clone() {
                for hash in text[block].keys() {
                    *in_texts.entry(*hash).or_default() += 1;
                }
            }
            let mut kept: Vec<(u64, u32)> = in_texts.into_iter().filter(|(_, count)| *count >= LEAST_TEXTS).collect();
            // By hash, so that columns do not depend on the order of a map.
            kept.sort_unstable();
            kept.into_iter()
                .map(|(hash, texts)| {
                    let rarity = ((1.0 + count) / (1.0 + f64::from(texts))).ln() + 1.0;
                    columns += 1;
                    (hash, (columns - 1, narrow(rarity)))
                })
                .collect()
        });
        Self { features, columns: columns as usize }
    }

    /// Weight `(1 + ln count) x rarity` of every known feature, each block scaled to length 1; by column.
    fn vector(&self, text: &[Counts; BLOCKS]) -> Vec<(u32, f32)> {
        let mut vector = Vec::new();
        for (known, counts) in self.features.iter().zip(text) {
            let mut block: Vec<(u32, f32)> = counts
                .iter()
                .filter_map(|(hash, count)| {
                    let (column, rarity) = known.get(hash)?;
                    Some((*column, narrow(f64::from(*count).ln() + 1.0) * rarity))
                })
                .collect();
            block.sort_unstable_by_key(|(column, _)| *column);
            let length = block.iter().map(|(_, weight)| f64::from(*weight).powi(2)).sum::<f64>().sqrt();
            vector.extend(block.into_iter().map(|(column, weight)| (column, narrow(f64::from(weight) / length))));
        }
        vector
    }
}

#[expect(clippy::cast_possible_truncation, reason = "weights near 1 lose nothing that matters in 32 bits")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// Counts the features of a text.
fn counts(text: &str) -> [Counts; BLOCKS] {
    let lower = text.to_lowercase();
    let (mut words, mut letters) = (Counts::new(), Counts::new());
    let mut before: Option<&str> = None;
    for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| word.chars().nth(1).is_some()) {
        *words.entry(hash([word])).or_default() += 1;
        if let Some(before) = before {
            *words.entry(hash([before, word])).or_default() += 1;
        }
        before = Some(word);
    }
    for word in lower.split_whitespace() {
        let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
        for width in 3..=5 {
            for sequence in padded.windows(width) {
                let mut bytes = String::with_capacity(8);
                bytes.extend(sequence);
                *letters.entry(hash([bytes.as_str()])).or_default() += 1;
            }
        }
    }
    [words, letters]
}

/// FNV-1a over the parts, with a separator that no part holds.
fn hash<const N: usize>(parts: [&str; N]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xFF]));
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// A text classifier: words (1 and 2 in a row) and letter sequences (3 to 5, inside words), TF-IDF weights, multinomial logistic regression with an L2 penalty.
///
/// The penalty is chosen by macro-F1, cross-validated inside the training rows (from 5,000 rows on, on one held-out fifth of them). Everything is seeded
/// and summed in a fixed order: the same rows give the same classifier on any number of threads.
#[derive(Debug)]
pub struct TextClassifier {
    vocabulary: Vocabulary,
    model: Softmax,
    strength: f64,
}

impl TextClassifier {
    /// Learns from texts with labels below `labels`. `None` when there is nothing to tell apart: less than two different labels.
    pub fn fit(texts: &[&str], gold: &[usize], labels: usize) -> Option<Self> {
        let first = gold.first()?;
        if gold.iter().all(|label| label == first) {
            return None;
        }
        let counted: Vec<[Counts; BLOCKS]> = texts.par_iter().map(|text| counts(text)).collect();
        let strength = choose(&counted, gold, labels);
        let vocabulary = Vocabulary::of(counted.iter());
        let rows = Rows::new(counted.par_iter().map(|text| vocabulary.vector(text)).collect(), vocabulary.columns);
        let model = Softmax::fit(&rows, gold, labels, strength, None);
        Some(Self { vocabulary, model, strength })
    }

    /// Returns a probability for each label.
    pub fn probabilities(&self, text: &str) -> Vec<f64> {
        self.model.probabilities(&self.vocabulary.vector(&counts(text)))
    }

    /// Returns the strength that was chosen (C).
    pub const fn strength(&self) -> f64 {
        self.strength
    }
}

/// The strength with the highest macro-F1 on held-out rows; the strongest penalty of equals.
fn choose(texts: &[[Counts; BLOCKS]], gold: &[usize], labels: usize) -> f64 {
    let (folds, used) = if texts.len() <= FULL { (3, 3) } else { (FOLDS, 1) };
    let parts = stratified(gold, folds, SEED + 1);
    let mut tables = vec![vec![vec![0_u64; labels]; labels]; STRENGTHS.len()];
    for part in 0..used {
        let (asked, kept): (Vec<usize>, Vec<usize>) = (0..texts.len()).partition(|row| parts[*row] == part);
        let vocabulary = Vocabulary::of(kept.iter().map(|row| &texts[*row]));
        let vectors = |rows: &[usize]| rows.par_iter().map(|row| vocabulary.vector(&texts[*row])).collect::<Vec<_>>();
        let rows = Rows::new(vectors(&kept), vocabulary.columns);
        let gold_in: Vec<usize> = kept.iter().map(|row| gold[*row]).collect();
        let held_out = vectors(&asked);
        let mut model: Option<Softmax> = None;
        for (strength, table) in STRENGTHS.iter().zip(&mut tables) {
            let fitted = Softmax::fit(&rows, &gold_in, labels, *strength, model.as_ref());
            let said: Vec<usize> = held_out.par_iter().map(|vector| fitted.label(vector)).collect();
            for (row, said) in asked.iter().zip(said) {
                table[gold[*row]][said] += 1;
            }
            model = Some(fitted);
        }
    }
    let figures = tables.iter().map(|table| Table::new(table).macro_f1().unwrap_or(0.0));
    let mut best = (STRENGTHS[0], f64::NEG_INFINITY);
    for (strength, figure) in STRENGTHS.into_iter().zip(figures) {
        if figure > best.1 {
            best = (strength, figure);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_words_pairs_and_letters_inside_words() {
        let [words, letters] = counts("Not good, NOT good!");
        assert_eq!(words[&hash(["not"])], 2);
        assert_eq!(words[&hash(["not", "good"])], 2);
        assert_eq!(words[&hash(["good", "not"])], 1);
        assert_eq!(letters[&hash([" no"])], 2);
        assert!(!letters.contains_key(&hash(["t g"])), "letters stay inside words");
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }

    #[test]
    fn weights_are_those_of_the_usual_formula() {
        let texts: Vec<_> = ["late late parcel", "late", "parcel box"].map(counts).into();
        let vocabulary = Vocabulary::of(texts.iter());
        let [words, _] = &vocabulary.features;
        // "box" and the pairs stand in one text only.
        assert_eq!(words.len(), 2);
        let (late, rarity) = words[&hash(["late"])];
        assert!((f64::from(rarity) - ((4.0_f64 / 3.0).ln() + 1.0)).abs() < 1e-6);
        let vector = vocabulary.vector(&texts[0]);
        let of =
            |column: u32| vector.iter().find(|(own, _)| *own == column).map(|(_, weight)| f64::from(*weight)).unwrap();
        let (parcel, _) = words[&hash(["parcel"])];
        // Equal rarity: 1 + ln 2 beside 1.
        assert!((of(late) / of(parcel) - (1.0 + 2.0_f64.ln())).abs() < 1e-6);
        assert!((of(late).powi(2) + of(parcel).powi(2) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn it_learns_what_words_say_and_always_the_same() {
        let good =
            ["lovely lamp, thank you", "thank you, great chair", "great shop, lovely people", "lovely, works great"];
        let bad = [
            "late parcel, no answer",
            "broken lamp and no answer",
            "still no parcel, late again",
            "broken chair, late",
        ];
        let texts: Vec<&str> = good.iter().chain(&bad).copied().collect();
        let gold = [0, 0, 0, 0, 1, 1, 1, 1];
        let model = TextClassifier::fit(&texts, &gold, 2).unwrap();
        let p = model.probabilities("no answer about the broken parcel");
        assert!(p[1] > 0.6 && (p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{p:?}");
        assert!(model.probabilities("thank you, lovely")[0] > 0.6);
        assert!(STRENGTHS.contains(&model.strength()));
        let again = TextClassifier::fit(&texts, &gold, 2).unwrap();
        assert_eq!(model.probabilities("late"), again.probabilities("late"));
        assert!(TextClassifier::fit(&texts, &[1; 8], 2).is_none());
        assert!(TextClassifier::fit(&[], &[], 2).is_none());
    }
}
