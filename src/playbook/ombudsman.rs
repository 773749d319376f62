//! By when the final letter of a regulated firm must have gone out.

use jiff::ToSpan;
use jiff::civil::Date;

use super::schema::Ombudsman;
use super::sla::{self, SlaError};
use super::{Issue, Playbook};

impl Playbook {
    /// Returns the day by which the final letter on a complaint must have gone out; `None` where the playbook has no such time. An issue type that is
    /// answered sooner is counted in working days, the others in days of the calendar; an issue that nobody knows has the longer time.
    ///
    /// # Errors
    /// When the hours leave no working day.
    pub fn final_letter_due(&self, issue: Option<Issue>, received: Date) -> Result<Option<Date>, SlaError> {
        let Some(ombudsman) = self.policy().ombudsman.as_ref().map(toml::Spanned::get_ref) else {
            return Ok(None);
        };
        if let Some(working_days) = issue.and_then(|issue| ombudsman.working_days(issue)) {
            let open = &self.policy().hours;
            let day = (0..working_days).try_fold(received, |day, _| sla::next_working_day(day, open))?;
            return Ok(Some(day));
        }
        Ok(ombudsman.final_letter_within_days.and_then(|days| received.checked_add(i64::from(days).days()).ok()))
    }
}

impl Ombudsman {
    /// Returns the working days within which complaints about an issue type are answered, where they are answered sooner than others.
    fn working_days(&self, issue: Issue) -> Option<u32> {
        let sooner = self.sooner.iter().find(|sooner| sooner.issues.contains(&issue));
        sooner.map(|sooner| *sooner.within_working_days.get_ref())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::playbook::REGULATED;

    #[test]
    fn payments_are_answered_within_fifteen_working_days_and_the_rest_within_eight_weeks() {
        let bank = Playbook::parse("bank.toml", REGULATED).unwrap();
        // Tuesday; Christmas Day and the substitute for Boxing Day are closed in between.
        let received = date(2026, 12, 8);
        let due = |issue| bank.final_letter_due(issue, received).unwrap().unwrap();
        assert_eq!(due(Some(Issue::Billing)), date(2026, 12, 31));
        assert_eq!(due(Some(Issue::Fraud)), date(2026, 12, 31));
        assert_eq!(due(Some(Issue::Staff)), date(2027, 2, 2));
        assert_eq!(due(None), date(2027, 2, 2), "56 days");
    }

    #[test]
    fn a_shop_has_no_final_letter() {
        let shop = Playbook::embedded().unwrap();
        assert_eq!(shop.final_letter_due(Some(Issue::Billing), date(2026, 12, 8)).unwrap(), None);
    }
}
