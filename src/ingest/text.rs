//! Steps on texts and entries that single formats need.

use serde_json::{Map, Value};

/// Puts the title before the body, unless the body begins with it.
pub(crate) fn with_title(title: Option<&str>, body: String) -> String {
    let Some(title) = title.map(str::trim).filter(|title| !title.is_empty()) else {
        return body;
    };
    let head = title.trim_end_matches(['…', '.', ' ']);
    let start = body.trim_start();
    let repeats = start.split_at_checked(head.len()).is_some_and(|(start, rest)| {
        !head.is_empty() && start.to_lowercase() == head.to_lowercase() && !rest.starts_with(char::is_alphanumeric)
    });
    if body.trim().is_empty() {
        title.to_owned()
    } else if repeats {
        body
    } else {
        format!("{title}\n{body}")
    }
}

/// Keeps the original of a review that Google translated.
pub(crate) fn google_original(text: String) -> String {
    if let Some((_, original)) = text.split_once("(Original)") {
        return original.trim().to_owned();
    }
    text
}

/// Returns a parameter of a link.
pub(crate) fn link_parameter(link: &str, name: &str) -> Option<String> {
    let at = link.find(&format!("{name}="))? + name.len() + 1;
    let value = link[at..].split(['&', '#']).next()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// Lifts the newest comment of each side out of the list `comments`.
pub(crate) fn newest_comments(object: &Map<String, Value>) -> Map<String, Value> {
    let mut flat = object.clone();
    let comments = object.get("comments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for side in ["userComment", "developerComment"] {
        let seconds = |comment: &Value| {
            let value = &comment["lastModified"]["seconds"];
            value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(i64::MIN)
        };
        if let Some(newest) =
            comments.iter().filter_map(|comment| comment.get(side)).max_by_key(|comment| seconds(comment))
        {
            flat.insert(side.to_owned(), newest.clone());
        }
    }
    flat
}

/// Returns the last part of a path, of either system.
pub(crate) fn file_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lead_the_text_once() {
        assert_eq!(with_title(Some("Late"), "It came late.".into()), "Late\nIt came late.");
        assert_eq!(with_title(Some("It came…"), "it came late.".into()), "it came late.");
        assert_eq!(with_title(Some("Late"), "Later than ever".into()), "Late\nLater than ever");
        assert_eq!(with_title(Some(" "), "x".into()), "x");
        assert_eq!(with_title(Some("Only this"), " ".into()), "Only this");
        assert_eq!(with_title(Some("Ä"), "é".into()), "Ä\né");
    }

    #[test]
    fn googles_translation_is_dropped() {
        let text = "(Translated by Google) Too slow\n\n(Original)\nZu langsam";
        assert_eq!(google_original(text.into()), "Zu langsam");
        assert_eq!(google_original("Plain".into()), "Plain");
    }

    #[test]
    fn parameters_of_links() {
        let link = "https://play.example/console?p=a&reviewId=gp%3AAOq&x=1";
        assert_eq!(link_parameter(link, "reviewId").as_deref(), Some("gp%3AAOq"));
        assert_eq!(link_parameter("https://play.example/", "reviewId"), None);
    }
}
