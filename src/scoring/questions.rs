//! What to ask when nothing speaks clearly for or against a complaint; the questions are in `data/lexicons/questions.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::findings::{MarkKind, TextFindings};

/// Most questions at a time.
const MOST: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    question: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    text: String,
    lacks: Vec<String>,
    issues: Vec<String>,
    max_words: Option<usize>,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(read);

#[allow(clippy::expect_used, reason = "the embedded questions are read by a test")]
fn read() -> Vec<Question> {
    toml::from_str::<File>(include_str!("../../data/lexicons/questions.toml"))
        .expect("the embedded questions are valid")
        .question
}

/// Returns at most three questions for what the message leaves open.
pub fn questions(findings: &TextFindings, issue: Option<&str>) -> Vec<String> {
    let issue = issue.unwrap_or("other");
    QUESTIONS
        .iter()
        .filter(|question| question.max_words.is_none_or(|most| findings.words <= most))
        .filter(|question| question.issues.is_empty() || question.issues.iter().any(|known| known == issue))
        .filter(|question| {
            question.lacks.iter().filter_map(|name| MarkKind::parse(name)).all(|kind| !findings.has(kind))
        })
        .take(MOST)
        .map(|question| question.text.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::findings::analyse_text;
    use super::super::issue::ISSUE_TYPES;
    use super::*;

    #[test]
    fn the_file_knows_only_issues_and_marks_that_exist() {
        for question in QUESTIONS.iter() {
            assert!(question.text.ends_with('?'));
            assert!(question.issues.iter().all(|issue| ISSUE_TYPES.contains(&issue.as_str())), "{:?}", question.issues);
            assert!(
                question.lacks.iter().all(|name| MarkKind::parse(name).is_some_and(|kind| !kind.is_contrary())),
                "{:?}",
                question.lacks
            );
        }
    }

    #[test]
    fn only_what_is_missing_is_asked() {
        let all = questions(
            &analyse_text("The blender that I bought from you arrived broken and I am really disappointed by that"),
            Some("wrong_or_damaged"),
        );
        assert_eq!(all.len(), 3);
        assert!(all[0].contains("order") && all[1].contains("photo") && all[2].contains("When"), "{all:?}");
        let fewer = questions(
            &analyse_text("The blender of order 88213 arrived broken yesterday and I am really disappointed by that"),
            Some("wrong_or_damaged"),
        );
        assert_eq!(fewer.len(), 1, "{fewer:?}");
        assert!(questions(&analyse_text("Awful!"), None)[0].contains("in your own words"));
    }
}
