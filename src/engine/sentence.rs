//! The second reader: an encoder that reads one sentence at a time, for what only the whole sentence tells.
//!
//! Phrases find what somebody thought of. Whether "your site says delivered" tells a promise, or "we find no booking in your name" an accusation, depends on the sentence
//! round the words. The package `models/sentence-minilm` is the encoder of the scores with its layers trained once more for two such questions (docs/training.md says how);
//! tokens and their tables are those of the scores. It always runs on the native engine in 8-bit integers, so its answers are the same bits everywhere.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::heads::HeadSet;
use super::native::{Isa, Native, NativeModel, Variant};
use super::package::{ModelPackage, PackageError};
use super::tokenizer::{TextTokenizer, TokenizerError};
use super::{Engine, InferError, TokenBatch};

/// The head that says which fault a sentence of a reply has; its first label is "clean".
pub const REPLY: &str = "reply";
/// The head that says whether a sentence of a customer tells a promise of the company.
pub const PROMISE: &str = "promise";

/// Sentences that are remembered: drafts repeat theirs. When there are more, all are forgotten.
const REMEMBERED: usize = 1 << 16;

/// Why a sentence model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SentenceModelError {
    /// The package is not whole.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The tokenizer does not fit.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A sentence cannot be read.
    #[error(transparent)]
    Infer(#[from] InferError),
    /// The package has no such head.
    #[error("the package has no head {0}")]
    Head(&'static str),
}

/// What the model says about a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// One probability a label of [`REPLY`].
    pub reply: Vec<f32>,
    /// Probability (0..=1) that the sentence tells a promise of the company.
    pub promise: f32,
}

/// The encoder for sentences with its heads. One of them serves all threads.
pub struct SentenceModel {
    tokenizer: TextTokenizer,
    heads: HeadSet,
    model: Arc<NativeModel>,
    isa: Isa,
    /// Engines that no thread is using.
    idle: Mutex<Vec<Native>>,
    known: Mutex<HashMap<String, Arc<Reading>>>,
}

#[expect(
    clippy::expect_used,
    reason = "the embedded package was checked when the program was built, and is read by a test"
)]
static EMBEDDED: LazyLock<SentenceModel> = LazyLock::new(|| {
    let package = ModelPackage::embedded_sentences().expect("the embedded sentence package is whole");
    SentenceModel::new(&package).expect("the embedded sentence package reads")
});

impl SentenceModel {
    /// Returns the model that is part of the program. The first call unpacks it.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Makes the model of `package`.
    ///
    /// # Errors
    /// When the package does not have the two heads, or cannot read a sentence.
    pub fn new(package: &ModelPackage) -> Result<Self, SentenceModelError> {
        for head in [REPLY, PROMISE] {
            package.heads().get(head).ok_or(SentenceModelError::Head(head))?;
        }
        let model = Self {
            tokenizer: TextTokenizer::new(package)?,
            heads: package.heads().clone(),
            model: NativeModel::new(package, Variant::Int8)?,
            isa: Isa::detect(),
            idle: Mutex::default(),
            known: Mutex::default(),
        };
        // Words, numbers, and signs that no vocabulary has: what reads these reads every sentence.
        model.try_read("We said 7 \u{1F980} \u{E000}.")?;
        Ok(model)
    }

    /// Returns the labels of [`REPLY`], in the order of its probabilities.
    pub fn reply_labels(&self) -> &[String] {
        self.heads.get(REPLY).map_or(&[], |head| &head.labels)
    }

    /// Reads a sentence: its first word pieces, as many as the package says.
    ///
    /// # Panics
    /// When the package turns out not to read what [`new`](Self::new) has tried (a bug of ours).
    pub fn read(&self, sentence: &str) -> Arc<Reading> {
        let known = |known: &HashMap<String, Arc<Reading>>| known.get(sentence).cloned();
        if let Some(reading) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return reading;
        }
        #[expect(
            clippy::expect_used,
            reason = "the tokenizer has a token for what it does not know, and cuts what is too long: `new` has tried it"
        )]
        let reading = Arc::new(self.try_read(sentence).expect("every sentence can be read"));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(sentence.to_owned(), Arc::clone(&reading));
        reading
    }

    fn try_read(&self, sentence: &str) -> Result<Reading, SentenceModelError> {
        let mut batch = TokenBatch::default();
        batch.push(&self.tokenizer.encode(sentence)?.ids);
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut engine = idle.unwrap_or_else(|| Native::new(Arc::clone(&self.model), self.isa));
        let embeddings = engine.embed(&batch);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
        let embeddings = embeddings?;
        let row = embeddings.rows().next().unwrap_or_default();
        let probabilities = |name: &'static str| {
            let head = self.heads.get(name).ok_or(SentenceModelError::Head(name))?;
            Ok::<_, SentenceModelError>(head.probabilities(&self.heads.input(head, row)))
        };
        let promise = probabilities(PROMISE)?.last().copied().unwrap_or_default();
        Ok(Reading { reply: probabilities(REPLY)?, promise })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_tells_promises_and_faults_from_what_looks_like_them() {
        let model = SentenceModel::embedded();
        let promise = |text| model.read(text).promise;
        assert!(promise("Your agent said the refund would be here by Friday.") > 0.5);
        assert!(promise("Your agent said that the parcel was lost.") < 0.5);
        assert_eq!(model.reply_labels()[0], "clean");
        let clean = |text| model.read(text).reply[0];
        assert!(clean("I am sorry that the heating failed on both nights.") > 0.5);
        assert!(clean("You have clearly made this up to get money out of us.") < 0.5);
        let sum: f32 = model.read("Hello.").reply.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_sentence_reads_the_same_whatever_was_read_before_and_on_whatever_thread() {
        use rayon::prelude::*;
        let model = SentenceModel::new(&ModelPackage::embedded_sentences().unwrap()).unwrap();
        let texts: Vec<String> =
            (0..40).map(|at| format!("We will send {at} mugs by Friday{}", "!".repeat(at % 7))).collect();
        let parallel: Vec<Arc<Reading>> = texts.par_iter().map(|text| model.read(text)).collect();
        for (text, reading) in texts.iter().zip(&parallel) {
            assert_eq!(SentenceModel::embedded().read(text), *reading);
        }
        for odd in ["", " ", "\u{0}\u{202E}", &"a ".repeat(5000), &"é".repeat(9000)] {
            assert!((0.0..=1.0).contains(&model.read(odd).promise), "{odd:.20}");
        }
    }

    #[test]
    fn a_package_without_the_heads_is_refused() {
        let error = SentenceModel::new(&ModelPackage::embedded().unwrap()).err().unwrap();
        assert!(matches!(error, SentenceModelError::Head(REPLY)));
    }
}
