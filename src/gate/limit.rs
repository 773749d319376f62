//! Whether the text fits the channel.

use super::house::House;
use super::reply::Reply;
use super::report::Finding;
use super::rule::RuleId;
use crate::analysis::Span;
use crate::drafting::Unit;
use crate::drafting::marker::as_posted;

/// Returns the part of the text that the channel does not take.
pub(super) fn find(reply: &Reply<'_>, house: &House) -> Option<Finding> {
    let limit = house.channels.get(reply.channel)?.limit(reply.channel, reply.visibility)?;
    // A fact to confirm is posted without its marker, which has a rule of its own; the last line break is left behind in pasting.
    let length = limit.unit.length(as_posted(reply.text).trim_end());
    if length <= limit.most {
        return None;
    }
    let words = limit.unit.words();
    let span = Span { from: overflow(reply.text, limit.unit, limit.most), to: reply.text.len() };
    Some(
        Finding::new(RuleId::OverLimit, span)
            .saying(format!("{length} {words}; {} takes {}", reply.channel, limit.most))
            .mend(format!("leave out {} {words}, best what can be said in private", length - limit.most)),
    )
}

/// Returns where the longest prefix that fits ends, at the start of a character.
fn overflow(text: &str, unit: Unit, most: usize) -> usize {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    // Longer prefixes never weigh less, save where a link closes; the span is a pointer for the eye, so that does not matter.
    let fits = starts.partition_point(|&at| unit.length(text.get(..at).unwrap_or_default()) <= most);
    starts.get(fits.saturating_sub(1)).copied().unwrap_or(0)
}
