//! Several engines, one a thread, over batches of messages of similar length.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::{Embeddings, Engine, InferError, TokenBatch};

/// Messages of a batch. Eight short ones keep their activations in the second-level cache; more were slower on every engine measured.
const BATCH: usize = 8;

/// Engines that work in parallel, each used by one thread at a time.
pub struct EnginePool {
    description: String,
    engines: Mutex<Vec<Box<dyn Engine>>>,
    threads: ThreadPool,
    dim: usize,
    batch: usize,
}

impl EnginePool {
    /// Makes a pool of one thread for each engine; their embeddings have `dim` values.
    ///
    /// # Errors
    /// When the system gives us no threads.
    pub fn new(engines: Vec<Box<dyn Engine>>, dim: usize) -> Result<Self, ThreadPoolBuildError> {
        let description = engines.first().map_or_else(String::new, |engine| {
            let info = engine.info();
            format!("{} {} {}", info.name, info.variant, info.isa)
        });
        let threads = ThreadPoolBuilder::new().num_threads(engines.len()).build()?;
        Ok(Self { description, engines: Mutex::new(engines), threads, dim, batch: BATCH })
    }

    /// Returns the pool with batches of `messages` messages.
    #[must_use]
    pub const fn with_batch(mut self, messages: NonZero<usize>) -> Self {
        self.batch = messages.get();
        self
    }

    /// Returns name, variant and instruction set of the engines.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Runs `work` on the threads of the pool: parallel iterators inside it use these and no others.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.threads.install(work)
    }

    /// Returns an embedding for each message, in the order given, whatever batches they were put in. Equal messages are embedded once.
    ///
    /// # Errors
    /// See [`InferError`]; nothing is returned then.
    pub fn embed_all(&self, messages: &[&[u32]]) -> Result<Embeddings, InferError> {
        let mut order: Vec<usize> = (0..messages.len()).collect();
        // Long ones first, so that no thread is left with a long batch at the end; equal ones side by side.
        order.sort_by(|a, b| {
            let (a, b) = (messages[*a], messages[*b]);
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        let distinct: Vec<&[usize]> = order.chunk_by(|a, b| messages[*a] == messages[*b]).collect();
        let batches: Vec<&[&[usize]]> = distinct.chunks(self.batch).collect();
        // One batch at a time: a thread that is done takes from what the other has not begun, up to the last batch.
        let parts = self.install(|| {
            let each = batches.par_iter().with_max_len(1);
            each.map(|batch| self.embed(batch, messages)).collect::<Result<Vec<Embeddings>, _>>()
        })?;
        let mut values = vec![0.0; messages.len() * self.dim];
        for (batch, part) in batches.iter().zip(&parts) {
            for (same, row) in batch.iter().zip(part.rows()) {
                for index in *same {
                    values[index * self.dim..][..self.dim].copy_from_slice(row);
                }
            }
        }
        Ok(Embeddings::new(self.dim, values))
    }

    /// Embeds the first of each group of equal messages.
    fn embed(&self, batch: &[&[usize]], messages: &[&[u32]]) -> Result<Embeddings, InferError> {
        let mut tokens = TokenBatch::default();
        for index in batch.iter().filter_map(|same| same.first()) {
            tokens.push(messages[*index]);
        }
        // There are as many engines as threads, and a thread gives its engine back before it takes another batch.
        let taken = self.engines.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(mut engine) = taken else {
            return Err(InferError::Backend { engine: "pool", message: "more threads than engines".to_owned() });
        };
        let result = engine.embed(&tokens);
        self.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
        result
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::EngineInfo;

    /// Embeds a message as its length and its first token.
    struct Echo(EngineInfo);

    impl Engine for Echo {
        fn info(&self) -> &EngineInfo {
            &self.0
        }

        fn embed(&mut self, batch: &TokenBatch) -> Result<Embeddings, InferError> {
            let values = (0..batch.len())
                .flat_map(|index| [batch.message(index).len() as f32, batch.message(index)[0] as f32])
                .collect();
            if batch.ids().contains(&99) {
                return Err(InferError::UnknownToken { id: 99, vocabulary: 99 });
            }
            Ok(Embeddings::new(2, values))
        }
    }

    fn pool(threads: usize) -> EnginePool {
        let info = EngineInfo { name: "echo", variant: "f32", isa: "none".into() };
        let engines = (0..threads).map(|_| Box::new(Echo(info.clone())) as Box<dyn Engine>).collect();
        EnginePool::new(engines, 2).unwrap()
    }

    #[test]
    fn nothing_gives_nothing_and_an_error_is_handed_on() {
        assert_eq!(pool(2).embed_all(&[]).unwrap().rows().len(), 0);
        assert!(matches!(pool(2).embed_all(&[&[1], &[99]]), Err(InferError::UnknownToken { id: 99, .. })));
        assert_eq!(pool(1).description(), "echo f32 none");
    }

    #[test]
    fn equal_messages_are_embedded_once() {
        /// Counts the messages that it is given.
        struct Counter(EngineInfo, std::sync::Arc<std::sync::atomic::AtomicUsize>);
        impl Engine for Counter {
            fn info(&self) -> &EngineInfo {
                &self.0
            }
            fn embed(&mut self, batch: &TokenBatch) -> Result<Embeddings, InferError> {
                self.1.fetch_add(batch.len(), std::sync::atomic::Ordering::SeqCst);
                Ok(Embeddings::new(1, (0..batch.len()).map(|index| batch.message(index)[0] as f32).collect()))
            }
        }
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let info = EngineInfo { name: "counter", variant: "f32", isa: "none".into() };
        let pool = EnginePool::new(vec![Box::new(Counter(info, count.clone()))], 1).unwrap();
        let found = pool.embed_all(&[&[1, 2], &[3], &[1, 2], &[4, 2], &[3], &[1, 2]]).unwrap();
        let found: Vec<f32> = found.rows().map(|row| row[0]).collect();
        assert_eq!(found, [1.0, 3.0, 1.0, 4.0, 3.0, 1.0]);
        assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 3);
    }

    proptest! {
        #[test]
        fn rows_come_in_the_order_given(lengths in prop::collection::vec(1_usize..40, 0..60), threads in 1_usize..5) {
            let messages: Vec<Vec<u32>> = lengths.iter().enumerate().map(|(at, length)| vec![u32::try_from(at % 90).unwrap(); *length]).collect();
            let views: Vec<&[u32]> = messages.iter().map(Vec::as_slice).collect();
            let embeddings = pool(threads).embed_all(&views).unwrap();
            for (row, message) in embeddings.rows().zip(&messages) {
                let expected = [message.len() as f32, message[0] as f32];
                prop_assert_eq!(row, expected.as_slice());
            }
        }
    }
}
