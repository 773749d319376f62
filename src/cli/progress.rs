//! The progress bar: on standard error, and only on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::env::Environment;

/// Returns a bar over `rows`, which shows nothing when standard error is no terminal or `quiet` is set.
pub(super) fn bar(rows: u64, quiet: bool, env: &Environment) -> ProgressBar {
    if quiet || !env.streams.stderr {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
    let template = if env.color {
        "{bar:36.cyan/dim} {human_pos}/{human_len}  {elapsed}  {per_sec}  {eta} left"
    } else {
        "{bar:36} {human_pos}/{human_len}  {elapsed}  {per_sec}  {eta} left"
    };
    // The templates are constants of ours; a mistake in one shows as indicatif's own default bar.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("█▉ "));
    }
    bar
}
