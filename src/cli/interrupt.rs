//! Ctrl-C: the first one ends the run at the next row, with everything tidied up; the second one at once.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{CliError, Exit};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Starts listening for interrupts and requests to terminate.
///
/// # Errors
/// When the system does not let us.
pub(super) fn listen() -> Result<(), CliError> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            #[allow(
                clippy::exit,
                reason = "the user insists, and nothing is left to tidy that a temporary folder does not"
            )]
            std::process::exit(Exit::Interrupted as i32);
        }
    })
    .map_err(|error| CliError::from_error(Exit::Other, &error))
}

/// Returns an error once the user has asked to stop.
pub(super) fn check() -> Result<(), CliError> {
    if INTERRUPTED.load(Ordering::SeqCst) { Err(CliError::new(Exit::Interrupted, "interrupted")) } else { Ok(()) }
}
