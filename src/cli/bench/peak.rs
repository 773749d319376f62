//! What the machine can do at most, measured between the runs, so that it meets the same clocks and neighbours.

use std::time::Instant;

use serde::Serialize;

use crate::cli::args::BenchArgs;
use crate::cli::error::{CliError, Exit};
use crate::engine::native::{Isa, Variant, peak};

/// Rounds of one burst: a few milliseconds, which some burst will have to itself on a busy machine.
const ROUNDS: usize = 500_000;

/// Bursts at a time.
const BURSTS: usize = 6;

/// The most that some threads can do in one arithmetic.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Peak {
    pub variant: &'static str,
    pub threads: usize,
    /// Operations a second of all threads together, two for each multiplication: the best burst.
    pub operations_per_second: f64,
}

/// Peaks that are being measured.
pub(super) struct Peaks {
    isa: Isa,
    best: Vec<(Variant, Peak)>,
}

impl Peaks {
    /// Prepares to measure `int8` and `f32` on each of these numbers of threads.
    ///
    /// # Errors
    /// When the machine lacks the instruction set that is asked for.
    pub(super) fn new(args: &BenchArgs, threads: impl Iterator<Item = usize>) -> Result<Self, CliError> {
        let isa = match &args.runtime.isa {
            None => Isa::detect(),
            Some(name) => Isa::parse(name).map_err(|error| CliError::from_error(Exit::Usage, &error))?,
        };
        let mut threads: Vec<usize> = threads.collect();
        threads.sort_unstable();
        threads.dedup();
        let of = |threads: usize| {
            let peak = |variant: Variant| Peak { variant: variant.name(), threads, operations_per_second: 0.0 };
            [Variant::Int8, Variant::F32].map(|variant| (variant, peak(variant)))
        };
        Ok(Self { isa, best: threads.into_iter().flat_map(of).collect() })
    }

    /// Measures each, and keeps what is better than before.
    pub(super) fn measure(&mut self) {
        let isa = self.isa;
        for (variant, best) in &mut self.best {
            let variant = *variant;
            for _ in 0..BURSTS {
                let start = Instant::now();
                let operations: u64 = std::thread::scope(|scope| {
                    let started: Vec<_> =
                        (0..best.threads).map(|_| scope.spawn(move || peak(isa, variant, ROUNDS))).collect();
                    // A thread that failed did nothing.
                    started.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
                });
                let rate = operations as f64 / start.elapsed().as_secs_f64();
                best.operations_per_second = best.operations_per_second.max(rate);
            }
        }
    }

    /// Returns the best of all bursts.
    pub(super) fn best(self) -> Vec<Peak> {
        self.best.into_iter().map(|(_, peak)| peak).collect()
    }
}
