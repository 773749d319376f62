//! Which template stands for which block, by situation and decision.

use super::audience::Audience;
use super::catalogue;
use super::compose::{DraftInput, NAMES};
use super::error::DraftError;
use crate::decision::{Acknowledge, Apology, BlockName, BlockReason, Blocks, Closing};
use crate::draft::Situation;
use crate::message::Channel;
use crate::playbook::Playbook;

/// A block in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    /// `acknowledge`, `apologize`, `options` or `closing`.
    pub(super) name: &'static str,
    /// Its template; none where the block is off.
    pub(super) base: Option<&'static str>,
    /// What the margin calls it.
    pub(super) variant: String,
    /// Why it is as it is.
    pub(super) reason: String,
    /// Whether it may be left out where a channel is too tight.
    pub(super) optional: bool,
}

/// The layout and the four blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) layout: &'static str,
    pub(super) blocks: [Planned; 4],
}

/// Returns the plan for a draft; none where the playbook wants no reply and nobody asked for one. `offers_mentioned` is whether the
/// channel lets us say that an offer was made.
///
/// # Errors
/// When the situation is not written on this channel, or a letter that stops lacks what has to come before it.
pub(super) fn plan(
    playbook: &Playbook,
    input: &DraftInput<'_>,
    audience: Audience,
    offers_mentioned: bool,
) -> Result<Option<Plan>, DraftError> {
    let situation = input.choice.situation();
    let employer = input.message.channel == Channel::EmployerReview;
    if !situation.fits(audience) || (employer && situation == Situation::CallSheet) {
        return Err(DraftError::Misplaced { situation, channel: input.message.channel });
    }
    if situation.stops() {
        may_stop(playbook, input, situation)?;
    }
    if situation == Situation::Invite {
        may_invite(input)?;
    }
    let asked = input.choice.situation.is_some();
    if input.decision.blocks.acknowledge == Acknowledge::Off && !asked {
        return Ok(None);
    }
    let layout = if situation == Situation::CallSheet { "call_sheet" } else { "reply" };
    Ok(Some(Plan { layout, blocks: blocks(input, situation, audience, offers_mentioned) }))
}

/// Only a person stops a conversation, after attempts and an offer, and never while a hard trigger stands.
fn may_stop(playbook: &Playbook, input: &DraftInput<'_>, situation: Situation) -> Result<(), DraftError> {
    let lacks = input.choice.lacks(&playbook.policy().stop);
    if !lacks.is_empty() {
        return Err(DraftError::TooSoon { situation, lacks });
    }
    match input.decision.triggers.first() {
        Some(&trigger) => Err(DraftError::TriggerStands { situation, trigger }),
        None => Ok(()),
    }
}

/// Nobody is invited to tell others before they said that it is settled, nor while a hard trigger stands.
fn may_invite(input: &DraftInput<'_>) -> Result<(), DraftError> {
    if !input.choice.satisfied {
        return Err(DraftError::NotSettled { situation: Situation::Invite });
    }
    match input.decision.triggers.first() {
        Some(&trigger) => Err(DraftError::TriggerStands { situation: Situation::Invite, trigger }),
        None => Ok(()),
    }
}

fn blocks(input: &DraftInput<'_>, situation: Situation, audience: Audience, offers_mentioned: bool) -> [Planned; 4] {
    let decided = Decided { input, audience };
    let own = |index: usize, base: &'static str| planned(index, Some(base), situation.name(), situation.why());
    let none = |index: usize| planned(index, None, "off", situation.why());
    let empathy = || planned(1, Some("apologize/empathy"), "empathy", situation.why());
    match situation {
        Situation::Reply => [decided.acknowledge(), decided.apologize(), decided.options(), decided.closing()],
        Situation::TakeOffline => [decided.acknowledge(), decided.apologize(), none(2), own(3, "closing/take_offline")],
        Situation::Interim => [own(0, "acknowledge/interim"), empathy(), none(2), own(3, "closing/interim")],
        Situation::ReportBack => {
            [own(0, "acknowledge/report_back"), decided.apologize(), none(2), own(3, "closing/report_back")]
        }
        Situation::Refusal => [own(0, "acknowledge/refusal"), empathy(), none(2), own(3, "closing/refusal")],
        Situation::AfterCall => [
            own(0, "acknowledge/after_call"),
            decided.apologize(),
            own(2, "options/after_call"),
            own(3, "closing/after_call"),
        ],
        Situation::SatisfactionCheck => {
            [own(0, "acknowledge/satisfaction_check"), none(1), none(2), own(3, "closing/satisfaction_check")]
        }
        Situation::FollowUpPost => {
            let offered = offers_mentioned && !input.choice.offers_made.is_empty();
            let options = if offered { own(2, "options/follow_up_post") } else { none(2) };
            [own(0, "acknowledge/follow_up_post"), none(1), options, own(3, "closing/follow_up_post")]
        }
        Situation::ThankYou if input.decision.blocks.acknowledge == Acknowledge::Thanks => {
            [decided.acknowledge(), none(1), none(2), decided.closing()]
        }
        Situation::ThankYou => [own(0, "acknowledge/conversation"), none(1), none(2), own(3, "closing/conversation")],
        Situation::Close => [own(0, "acknowledge/close"), none(1), none(2), own(3, "closing/close")],
        Situation::Invite => [own(0, "acknowledge/invite"), none(1), none(2), own(3, "closing/invite")],
        Situation::StopUnsolvable => [
            own(0, "acknowledge/stop_unsolvable"),
            own(1, "apologize/stop_unsolvable"),
            own(2, "options/stop_unsolvable"),
            own(3, "closing/stop_unsolvable"),
        ],
        Situation::StopAbusive => {
            [own(0, "acknowledge/stop_abusive"), empathy(), none(2), own(3, "closing/stop_abusive")]
        }
        Situation::CallSheet => [
            own(0, "acknowledge/call_sheet"),
            own(1, "apologize/call_sheet"),
            own(2, "options/call_sheet"),
            own(3, "closing/call_sheet"),
        ],
    }
}

/// Returns every block of a situation with the templates that it can be made of.
pub(super) fn bases(situation: Situation) -> Vec<(&'static str, &'static str)> {
    let acknowledge: &[&str] = &[
        "acknowledge/issue",
        "acknowledge/not_listened_to",
        "acknowledge/trigger",
        "acknowledge/thanks",
        "acknowledge/question",
        "acknowledge/note",
    ];
    let apologize: &[&str] = &["apologize/empathy", "apologize/responsibility"];
    let empathy: &[&str] = &["apologize/empathy"];
    let [acknowledge, apologize, options, closing]: [&[&str]; 4] = match situation {
        Situation::Reply => [
            acknowledge,
            apologize,
            &["options/offers"],
            &[
                "closing/owner_and_date",
                "closing/take_offline",
                "closing/who_answers_when",
                "closing/question",
                "closing/plain",
            ],
        ],
        Situation::TakeOffline => [acknowledge, apologize, &[], &["closing/take_offline"]],
        Situation::Interim => [&["acknowledge/interim"], empathy, &[], &["closing/interim"]],
        Situation::ReportBack => [&["acknowledge/report_back"], apologize, &[], &["closing/report_back"]],
        Situation::Refusal => [&["acknowledge/refusal"], empathy, &[], &["closing/refusal"]],
        Situation::AfterCall => {
            [&["acknowledge/after_call"], apologize, &["options/after_call"], &["closing/after_call"]]
        }
        Situation::SatisfactionCheck => {
            [&["acknowledge/satisfaction_check"], &[], &[], &["closing/satisfaction_check"]]
        }
        Situation::FollowUpPost => {
            [&["acknowledge/follow_up_post"], &[], &["options/follow_up_post"], &["closing/follow_up_post"]]
        }
        Situation::ThankYou => {
            [&["acknowledge/thanks", "acknowledge/conversation"], &[], &[], &["closing/plain", "closing/conversation"]]
        }
        Situation::Close => [&["acknowledge/close"], &[], &[], &["closing/close"]],
        Situation::Invite => [&["acknowledge/invite"], &[], &[], &["closing/invite"]],
        Situation::StopUnsolvable => [
            &["acknowledge/stop_unsolvable"],
            &["apologize/stop_unsolvable"],
            &["options/stop_unsolvable"],
            &["closing/stop_unsolvable"],
        ],
        Situation::StopAbusive => [&["acknowledge/stop_abusive"], empathy, &[], &["closing/stop_abusive"]],
        Situation::CallSheet => {
            [&["acknowledge/call_sheet"], &["apologize/call_sheet"], &["options/call_sheet"], &["closing/call_sheet"]]
        }
    };
    let around: &[(&str, &str)] = if situation == Situation::CallSheet {
        &[("layout", "call_sheet")]
    } else {
        &[("greeting", "greeting"), ("signature", "signature"), ("layout", "reply")]
    };
    let blocks = NAMES.into_iter().zip([acknowledge, apologize, options, closing]);
    blocks.flat_map(|(name, bases)| bases.iter().map(move |base| (name, *base))).chain(around.iter().copied()).collect()
}

fn planned(index: usize, base: Option<&'static str>, variant: &str, reason: &str) -> Planned {
    Planned {
        name: NAMES.get(index).copied().unwrap_or_default(),
        base,
        variant: variant.to_owned(),
        reason: reason.to_owned(),
        optional: matches!(base, Some("apologize/empathy" | "options/offers")),
    }
}

/// Blocks as the playbook decided them.
struct Decided<'a> {
    input: &'a DraftInput<'a>,
    audience: Audience,
}

impl Decided<'_> {
    fn decided(&self) -> &Blocks {
        &self.input.decision.blocks
    }

    /// Whether a reply is written although the playbook wants none.
    fn unasked(&self) -> bool {
        self.decided().acknowledge == Acknowledge::Off
    }

    fn why(&self, index: usize) -> String {
        let [acknowledge, apology, options, closing] = &self.decided().why;
        let reasons: [&BlockReason; 4] = [acknowledge, apology, options, closing];
        reasons.get(index).map_or_else(String::new, |why| why.reason.clone())
    }

    fn planned(&self, index: usize, base: Option<&'static str>, variant: &str) -> Planned {
        let mut block = planned(index, base, variant, "");
        block.base = base.map(|usual| self.chosen(index).unwrap_or(usual));
        block.reason = if self.unasked() && base.is_some() {
            "a draft was asked for although the playbook wants no reply".to_owned()
        } else {
            self.why(index)
        };
        block
    }

    /// The template that a rule of the playbook chose for a block.
    fn chosen(&self, index: usize) -> Option<&'static str> {
        let name = self.input.decision.templates.get(BlockName::ALL.get(index)?)?;
        catalogue::choosable().find(|known| known == name)
    }

    /// Whether it is neither a complaint nor an unhappy message: something is asked or told, nothing is to be sorry for.
    fn calm(&self) -> bool {
        let blocks = self.decided();
        blocks.acknowledge == Acknowledge::Issue && blocks.apology == Apology::None
    }

    fn acknowledge(&self) -> Planned {
        let decision = self.input.decision;
        let base = match decision.blocks.acknowledge {
            _ if !decision.triggers.is_empty() => "acknowledge/trigger",
            Acknowledge::Thanks => "acknowledge/thanks",
            Acknowledge::NotListenedTo => "acknowledge/not_listened_to",
            _ if self.calm() && self.input.message.text.contains('?') => "acknowledge/question",
            _ if self.calm() => "acknowledge/note",
            Acknowledge::Issue | Acknowledge::Off => "acknowledge/issue",
        };
        let variant = match (decision.triggers.first(), decision.blocks.acknowledge) {
            (Some(trigger), _) => format!("trigger {trigger}"),
            (None, Acknowledge::NotListenedTo) => "not listened to".to_owned(),
            (None, Acknowledge::Thanks) => "thanks".to_owned(),
            (None, _) => "issue".to_owned(),
        };
        self.planned(0, Some(base), &variant)
    }

    fn apologize(&self) -> Planned {
        let (base, variant) = match self.decided().apology {
            Apology::None if self.unasked() => (Some("apologize/empathy"), "empathy"),
            Apology::None => (None, "none"),
            Apology::Empathy => (Some("apologize/empathy"), "empathy"),
            Apology::Responsibility => (Some("apologize/responsibility"), "responsibility"),
        };
        self.planned(1, base, variant)
    }

    fn options(&self) -> Planned {
        match self.decided().options.len() {
            0 => self.planned(2, None, "none"),
            1 => self.planned(2, Some("options/offers"), "1 offer"),
            more => self.planned(2, Some("options/offers"), &format!("{more} offers")),
        }
    }

    fn closing(&self) -> Planned {
        let (base, variant) = match self.decided().closing {
            Closing::Off if self.unasked() && self.audience.public() => (Some("closing/take_offline"), "take offline"),
            Closing::Off if self.unasked() => (Some("closing/owner_and_date"), "owner and date"),
            Closing::Off => (None, "off"),
            Closing::OwnerAndDate if self.calm() => (Some("closing/question"), "owner and date"),
            Closing::OwnerAndDate => (Some("closing/owner_and_date"), "owner and date"),
            Closing::TakeOffline => (Some("closing/take_offline"), "take offline"),
            Closing::WhoAnswersWhen => (Some("closing/who_answers_when"), "who answers when"),
            Closing::Plain => (Some("closing/plain"), "plain"),
        };
        self.planned(3, base, variant)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_template_that_a_plan_names_exists() {
        // The names are literals; a misspelt one would only be found by the draft that needs it.
        let source = include_str!("plan.rs");
        for folder in ["acknowledge/", "apologize/", "options/", "closing/"] {
            for rest in source.split(&format!("\"{folder}")).skip(1) {
                let name = format!("{folder}{}", rest.split('"').next().unwrap_or_default());
                if name != folder {
                    assert!(crate::drafting::catalogue::BASES.contains(&name.as_str()), "{name}");
                }
            }
        }
    }
}
