//! Where a block's template comes from.

use serde::Serialize;

use super::audience::Audience;
use super::error::DraftError;
use super::plan::bases;
use super::templates::{Candidate, Templates};
use crate::draft::Situation;
use crate::language::Language;
use crate::message::{Channel, Message, Visibility};

/// The fall-back order of one template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Block that it stands for: `acknowledge`, `apologize`, `options`, `closing`, or `greeting`, `signature`, `layout`.
    pub block: String,
    /// What it says, as `closing/plain`.
    pub base: String,
    /// Names in the order in which they are looked for, in the form for where there is room.
    pub names: Vec<Candidate>,
    /// The same in the form for tight limits.
    pub short: Vec<Candidate>,
    /// Parts that the chosen one includes.
    pub parts: Vec<String>,
}

impl Templates {
    /// Returns the fall-back order of every template that a situation can use on a channel; of one block where it is named.
    ///
    /// # Errors
    /// When there are no templates in the language, or the situation is not written there.
    pub fn explain(
        &self,
        language: Language,
        (channel, visibility): (Channel, Visibility),
        situation: Situation,
        block: Option<&str>,
    ) -> Result<Vec<Explained>, DraftError> {
        let pack = self.pack(language)?;
        let mut message = Message::alone(channel, "");
        message.visibility = visibility;
        let audience = match situation {
            Situation::CallSheet => Audience::Email,
            _ => Audience::of(&message),
        };
        if !situation.fits(audience) {
            return Err(DraftError::Misplaced { situation, channel });
        }
        let explained = bases(situation).into_iter().filter(|(name, _)| block.is_none_or(|wanted| wanted == *name));
        Ok(explained
            .map(|(name, base)| Explained {
                block: name.to_owned(),
                base: base.to_owned(),
                names: pack.candidates(base, audience, false),
                short: pack.candidates(base, audience, true),
                parts: pack.parts(base, audience, false).into_iter().map(str::to_owned).collect(),
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_exists_is_chosen() {
        let templates = Templates::embedded().unwrap();
        let place = (Channel::X, Visibility::Public);
        let explained =
            templates.explain(Language::EN, place, Situation::TakeOffline, Some("closing")).unwrap().remove(0);
        let chosen = |names: &[Candidate]| {
            let chosen: Vec<_> = names.iter().filter(|name| name.chosen).map(|name| name.name.clone()).collect();
            assert_eq!(chosen.len(), 1);
            chosen.concat()
        };
        assert_eq!(explained.names[0].name, "closing/take_offline.public_social");
        assert_eq!(chosen(&explained.names), "closing/take_offline.public");
        assert_eq!(chosen(&explained.short), "closing/take_offline.public.short");
        assert!(explained.parts.contains(&"report_back".to_owned()), "{:?}", explained.parts);
    }

    #[test]
    fn a_situation_that_is_not_written_there_is_refused() {
        let templates = Templates::embedded().unwrap();
        let error = templates.explain(Language::EN, (Channel::X, Visibility::Public), Situation::AfterCall, None);
        assert!(matches!(error, Err(DraftError::Misplaced { .. })));
    }
}
