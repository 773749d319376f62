//! Figures for people: plots and a page for a browser that needs no network.

pub mod card;
mod page;
mod plots;
mod suites;

pub use page::{figure_page, page};
pub use plots::{Bar, PlotError, bars, confusion, coverage, reliability, standalone};
