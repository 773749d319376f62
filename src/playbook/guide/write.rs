//! What the guide says, in the order in which a newcomer needs it.

use super::{Guide, Piece};
use crate::playbook::schema::{Clock, Day, Hours, Offer, Profile, ReplyHours, Rule, WatchKind};
use crate::playbook::{MOST_OFFERS, Playbook};

/// Returns the staff guide of a playbook: who answers what, what may be offered and by whose approval, how we sound, when a case goes
/// up, how soon we answer, and what is never said.
pub fn guide(playbook: &Playbook) -> Guide {
    let policy = playbook.policy();
    let company = policy.client.as_deref().unwrap_or(&policy.voice.company);
    let mut page = Page { playbook, pieces: Vec::new() };
    page.start(company);
    page.four_blocks();
    page.who_answers();
    page.triggers();
    page.offers();
    page.voice();
    page.never();
    page.promises();
    page.public();
    page.ending();
    page.rules();
    Guide { title: format!("How {company} answers unhappy customers"), pieces: page.pieces }
}

struct Page<'a> {
    playbook: &'a Playbook,
    pieces: Vec<Piece>,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) {
        self.pieces.push(Piece::Heading(text.to_owned()));
    }

    fn paragraph(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece::Paragraph(text.into()));
    }

    fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.pieces.push(Piece::List(items));
        }
    }

    fn table(&mut self, head: Vec<&'static str>, rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            self.pieces.push(Piece::Table { head, rows });
        }
    }

    /// The name of a contact, with who stands in.
    fn name(&self, id: &str) -> String {
        self.playbook.contact(id).map_or_else(
            || id.to_owned(),
            |contact| match contact.deputy {
                Some(deputy) => format!("{} (deputy {deputy})", contact.name),
                None => contact.name,
            },
        )
    }

    fn first_name(&self, id: &str) -> String {
        self.playbook.contact(id).map_or_else(|| id.to_owned(), |contact| contact.name)
    }

    fn start(&mut self, company: &str) {
        let policy = self.playbook.policy();
        self.paragraph(format!(
            "This page is the playbook \"{}\" ({}) in words. Nearly everybody who complains is right about something, and somebody who \
             complains has not left {company} yet. We answer every complaint, we say what we can do, and we keep what we say.",
            self.playbook.name(),
            self.playbook.digest()
        ));
        self.paragraph(format!("We work {}.", open(&policy.hours)));
    }

    fn four_blocks(&mut self) {
        self.heading("Every reply has four blocks");
        self.list(vec![
            "Acknowledge: name what happened and that they are upset. \"We received your message\" is no acknowledgement.".to_owned(),
            "Apologize: empathy always; responsibility only when the complaint is valid, in your judgement, and then for every failing."
                .to_owned(),
            format!("Offer options: two, at most {MOST_OFFERS}, from the list below, in private. Do not ask them what they want."),
            "Closing note: who keeps the case, and by when they hear next.".to_owned(),
        ]);
        self.paragraph(
            "We want to help, and we say so; we say \"we will\" only for dates that we keep and for offers that are approved.",
        );
    }

    fn who_answers(&mut self) {
        let policy = self.playbook.policy();
        self.heading("Who answers what, how soon, and who is behind them");
        let unit = match policy.sla.clock {
            Clock::Calendar => "hours of the day; a moment outside working hours moves to the next opening",
            Clock::Working => "working hours",
        };
        let pause =
            if policy.sla.pause_while_waiting { " The clock stands still while we wait for the customer." } else { "" };
        self.paragraph(format!(
            "Hours are {unit}. Severity counts from 0 to 100: medium from {}, high from {}.{pause}",
            policy.thresholds.severity_medium.get_ref(),
            policy.thresholds.severity_high.get_ref()
        ));
        let rows = policy
            .issues
            .iter()
            .map(|(issue, entry)| {
                let entry = entry.get_ref();
                let behind: Vec<String> = entry
                    .escalation
                    .iter()
                    .map(|step| format!("{}: {}", self.first_name(step.contact.get_ref()), step.when))
                    .collect();
                vec![
                    issue.name().replace('_', " "),
                    self.name(entry.contact.get_ref()),
                    reply_hours(*entry.reply_within_hours.get_ref()),
                    behind.join("; then "),
                ]
            })
            .collect();
        self.table(vec!["About", "Answers", "Low / medium / high", "When it goes up"], rows);
        let channels: Vec<String> = policy
            .channels
            .iter()
            .map(|(channel, entry)| {
                format!(
                    "{}: {} answers, whatever it is about",
                    channel.name().replace('_', " "),
                    self.name(entry.contact.get_ref())
                )
            })
            .collect();
        self.list(channels);
        self.paragraph(
            "The customer has one person in front of them until it is resolved. When a case goes up, whoever takes over works behind that person.",
        );
    }

    fn triggers(&mut self) {
        let policy = self.playbook.policy();
        self.heading("Stop and hand over");
        self.paragraph(
            "When one of these is in a message, no score counts: say that you are sorry for what they go through, say who answers and when, \
             offer nothing, admit nothing, and hand it over at once.",
        );
        let rows = policy
            .triggers
            .iter()
            .map(|(trigger, entry)| {
                let entry = entry.get_ref();
                vec![
                    trigger.name().replace('_', " "),
                    self.name(entry.contact.get_ref()),
                    format!("{} h", entry.reply_within_hours),
                ]
            })
            .collect();
        self.table(vec!["What", "Hand it to", "They answer within"], rows);
    }

    fn offers(&mut self) {
        let policy = self.playbook.policy();
        self.heading("What we may offer");
        if policy.offers.is_empty() {
            self.paragraph("Nothing: drafts offer nothing until the playbook has offers.");
            return;
        }
        self.paragraph(
            "Best first. Offers follow what happened and whether they are right, never how loud they are. Nothing that is not on this list \
             is offered; gifts with our logo never are.",
        );
        let rows = policy.offers.iter().map(|offer| self.offer(offer)).collect();
        self.table(vec!["Offer", "For", "When", "Limits", "Approves"], rows);
        self.paragraph("Whoever turns an offer down is thanked for saying so, and not pressed.");
    }

    fn offer(&self, offer: &Offer) -> Vec<String> {
        let issues: Vec<String> = offer.issues.get_ref().iter().map(|issue| issue.name().replace('_', " ")).collect();
        let harm = (offer.min_harm > 0.0 || *offer.max_harm.get_ref() < 100.0)
            .then(|| format!("harm {} to {}", offer.min_harm, offer.max_harm.get_ref()));
        let most =
            offer.max_validity.as_ref().map(|most| format!("at most {}", most.get_ref().name().replace('_', " ")));
        let place = if offer.public { "in public, too" } else { "in private only" };
        let when: Vec<String> = [format!("from {}", offer.min_validity.name().replace('_', " "))]
            .into_iter()
            .chain(most)
            .chain(harm)
            .chain([place.to_owned()])
            .collect();
        vec![
            offer.text.get_ref().clone(),
            issues.join(", "),
            when.join("; "),
            offer.limits().unwrap_or_else(|| "none".to_owned()),
            offer.approver.as_ref().map_or_else(|| "nobody needs to".to_owned(), |id| self.first_name(id.get_ref())),
        ]
    }

    fn voice(&mut self) {
        let voice = &self.playbook.policy().voice;
        self.heading("How we sound");
        self.list(vec![
            format!(
                "We begin with \"{}\" and their first name, and end an email with \"{}, {}\".",
                voice.greeting, voice.sign_off, voice.signer
            ),
            format!("In public we sign as {}; the address that we give is {}.", voice.public_signer, voice.email),
            "One person writes to one person: short sentences, plain words, what happened in their case.".to_owned(),
        ]);
        if !voice.words_to_use.is_empty() {
            self.paragraph(format!("We like: {}.", quoted(&voice.words_to_use)));
        }
        if !voice.words_to_avoid.is_empty() {
            self.paragraph(format!("We do not write: {}.", quoted(&voice.words_to_avoid)));
        }
    }

    fn never(&mut self) {
        let policy = self.playbook.policy();
        self.heading("What we never say");
        let mut items = vec![
            "\"Sorry you feel that way\", \"sorry if\": that is no apology.".to_owned(),
            "That it was our fault, before somebody has judged the complaint valid.".to_owned(),
            "That they lie, want something for nothing, or work for a competitor.".to_owned(),
            "Anything about them in public: no order number, no name, no address, no phone number.".to_owned(),
            "\"What would you like us to do?\": we bring the options.".to_owned(),
            "A gift, a refund or a discount for changing or removing a review.".to_owned(),
            "\"But\" after an apology, a justification in the first reply, anything sarcastic or personal.".to_owned(),
            "\"We will get back to you\" without a date and a name.".to_owned(),
        ];
        if policy.profile == Profile::Regulated {
            items.push(
                "In public: that somebody is or was a customer or patient, not even by thanking them for it."
                    .to_owned(),
            );
        }
        self.list(items);
        let off: Vec<String> = policy
            .gate
            .iter()
            .filter(|(_, switch)| switch.get_ref().off)
            .map(|(rule, switch)| format!("{rule}: {}", switch.get_ref().reason))
            .collect();
        if !off.is_empty() {
            self.paragraph("The gate checks every reply before it is copied. These of its rules are switched off:");
            self.list(off);
        }
    }

    fn promises(&mut self) {
        let promises = &self.playbook.policy().promises;
        if promises.is_empty() {
            return;
        }
        self.heading("What we promise");
        self.paragraph("A complaint is held against these. Where we did not keep one, we own it.");
        self.list(promises.iter().map(|promise| promise.text.clone()).collect());
    }

    fn public(&mut self) {
        let policy = self.playbook.policy();
        let thresholds = &policy.thresholds;
        self.heading("In public");
        let mut items = vec![
            "Answer in the thread, to the person, and for everybody who reads along.".to_owned(),
            "Invite them to talk in private with the first answer; move there once they have answered.".to_owned(),
            format!(
                "After {} turns it moves to email or phone; after {} public replies of ours only the way there is repeated.",
                thresholds.offline_after_turns, thresholds.max_public_replies
            ),
            format!("Report back under the complaint within {} working days.", thresholds.report_back_working_days),
        ];
        if let Some(heated) = &policy.heated {
            let reader = heated
                .second_reader
                .as_ref()
                .map(|id| format!("{} reads the reply before it is copied", self.name(id.get_ref())));
            let pause = heated.pause_minutes.map(|minutes| format!("it rests for {minutes} minutes"));
            let asked: Vec<String> = reader.into_iter().chain(pause).collect();
            items.push(format!(
                "From severity {} it is heated: {}.",
                heated.severity_min.get_ref(),
                asked.join(", and ")
            ));
        }
        self.list(items);
        let watch: Vec<String> = [
            (WatchKind::Company, &policy.watch.company),
            (WatchKind::Products, &policy.watch.products),
            (WatchKind::Executives, &policy.watch.executives),
        ]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(kind, names)| format!("{kind}: {}", names.join(", ")))
        .collect();
        if !watch.is_empty() {
            self.paragraph("Names that we look for in every message:");
            self.list(watch);
        }
    }

    fn ending(&mut self) {
        let policy = self.playbook.policy();
        self.heading("How a case ends");
        let deciders: Vec<String> = policy.stop.decided_by.iter().map(|id| self.name(id.get_ref())).collect();
        let who = if deciders.is_empty() { "whoever is last on the path up".to_owned() } else { deciders.join(" or ") };
        let mut items = vec![
            "When it is settled, ask whether it is settled for them, and say so wherever they complained.".to_owned(),
            "After a call, what was agreed goes out in writing.".to_owned(),
            format!(
                "Two letters end a conversation: we cannot solve it; we stop here. Only a person sends one ({who}), and only after {} recorded \
                 attempts and {} recorded offers.",
                policy.stop.attempts_min.get_ref(),
                policy.stop.offers_min.get_ref()
            ),
        ];
        if let Some(ombudsman) = &policy.ombudsman {
            let ombudsman = ombudsman.get_ref();
            let days =
                ombudsman.final_letter_within_days.map_or_else(String::new, |days| format!(" within {days} days"));
            items.push(format!("Our final letter goes out{days} and names {}: \"{}\"", ombudsman.name, ombudsman.text));
            for sooner in &ombudsman.sooner {
                let issues: Vec<&str> = sooner.issues.iter().map(|issue| issue.name()).collect();
                let days = sooner.within_working_days.get_ref();
                items.push(format!("Sooner, within {days} working days, on {}: {}.", issues.join(", "), sooner.why));
            }
        }
        self.list(items);
    }

    fn rules(&mut self) {
        let rules: &[Rule] = &self.playbook.policy().rules;
        self.heading("The rules, and why they are there");
        self.paragraph("For each block of a reply the first rule that fits and sets it decides.");
        let rows = rules
            .iter()
            .map(|rule| {
                let example = rule.examples.iter().map(toml::Spanned::get_ref).find(|example| example.fires);
                vec![
                    rule.id.get_ref().clone(),
                    rule.why.clone(),
                    example.map_or_else(String::new, |example| format!("\"{}\"", example.say)),
                ]
            })
            .collect();
        self.table(vec!["Rule", "Why", "For example"], rows);
    }
}

fn reply_hours(hours: ReplyHours) -> String {
    format!("{} / {} / {} h", hours.low, hours.medium, hours.high)
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn open(hours: &Hours) -> String {
    let days: Vec<&str> = hours.days.get_ref().iter().map(|day| day_name(*day)).collect();
    format!("{} to {} on {}", hours.opens.strftime("%H:%M"), hours.closes.get_ref().strftime("%H:%M"), days.join(", "))
}

const fn day_name(day: Day) -> &'static str {
    match day {
        Day::Mon => "Monday",
        Day::Tue => "Tuesday",
        Day::Wed => "Wednesday",
        Day::Thu => "Thursday",
        Day::Fri => "Friday",
        Day::Sat => "Saturday",
        Day::Sun => "Sunday",
    }
}
