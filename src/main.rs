//! The `amends` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    amends::cli::run(std::env::args_os()).into()
}
