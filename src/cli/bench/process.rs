//! A measuring process as its parent sees it.

use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use super::Row;
use super::protocol::{Answer, Ask, receive, send};
use crate::cli::args::{BenchArgs, EngineChoice, VariantChoice};
use crate::cli::error::{CliError, Exit};

/// A running process; it is ended with the value.
pub(super) struct Process {
    child: Child,
    into: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a process for `row` and lets it score `first`; returns it with the milliseconds that all of that took, and its instruction set.
    ///
    /// # Errors
    /// When it cannot be started, or says that its engine cannot run.
    pub(super) fn start(args: &BenchArgs, row: &Row, first: &str) -> Result<(Self, f64, String), CliError> {
        let program = std::env::current_exe()?;
        let start = Instant::now();
        let mut command = Command::new(program);
        command.args(["bench-worker", "--engine", engine_name(row.engine), "--variant", variant_name(row.variant)]);
        command.args(["--threads", &row.threads.to_string(), "--batch", &row.batch.to_string()]);
        if let Some(isa) = &args.runtime.isa {
            command.args(["--isa", isa]);
        }
        for (name, path) in [
            ("--model", &args.model),
            ("--onnx-library", &args.runtime.onnx_library),
            ("--onnx-graph", &args.runtime.onnx_graph),
        ] {
            if let Some(path) = path {
                command.arg(name).arg(path);
            }
        }
        // Its errors come back as answers.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(into), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(CliError::new(Exit::Other, "a measuring process has no standard streams"));
        };
        let mut process = Self { child, into, from: BufReader::new(from) };
        match process.ask(&Ask::First(first.to_owned()))? {
            Answer::Ready { isa } => Ok((process, start.elapsed().as_secs_f64() * 1e3, isa)),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// When the process failed or went away.
    pub(super) fn ask(&mut self, ask: &Ask) -> Result<Answer, CliError> {
        // A process that cannot start says why before it reads anything: look for its answer even if nobody takes the question.
        let sent = send(&mut self.into as &mut dyn Write, ask);
        match receive(&mut self.from)? {
            Some(Answer::Failed { message }) => Err(CliError::new(Exit::Other, message)),
            Some(answer) => sent.map(|()| answer),
            None => Err(CliError::new(Exit::Other, "a measuring process ended early")),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already; nothing is left to do then.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer to another question.
pub(super) fn unexpected(answer: &Answer) -> CliError {
    CliError::new(Exit::Other, format!("a measuring process answered out of turn: {answer:?}"))
}

/// Name of an engine, as arguments and results have it.
pub(super) const fn engine_name(engine: EngineChoice) -> &'static str {
    match engine {
        EngineChoice::Native => "native",
        EngineChoice::Libtorch => "libtorch",
        EngineChoice::Onnx => "onnx",
    }
}

/// Name of a variant, as arguments and results have it.
pub(super) const fn variant_name(variant: VariantChoice) -> &'static str {
    match variant {
        VariantChoice::F32 => "f32",
        VariantChoice::Int8 => "int8",
        VariantChoice::Bf16 => "bf16",
    }
}
