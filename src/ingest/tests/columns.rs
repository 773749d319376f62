//! Unknown files, and columns that the user names.

use super::{messages, named, open, open_as, rows, utc};
use crate::ingest::{IngestError, InputOptions, MappedBy, NoticeKind, Source};
use crate::message::Channel;

#[test]
fn an_unknown_file_is_read_by_the_names_of_its_columns() {
    let text =
        "when;MessageID;Body;Customer Name;Stars;Platform;weird\n2024-01-01;m1;It is broken;Ann;2;Trustpilot;x\n";
    let source = open("any.csv", text);
    let layout = source.layout();
    assert_eq!((layout.format.as_str(), layout.delimiter), ("generic", Some(';')));
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].id.as_str()), ("It is broken", "m1"));
    assert_eq!((all[0].author.as_deref(), all[0].channel), (Some("Ann"), Channel::Trustpilot));
    assert_eq!(all[0].created_at, None);
    assert!(layout.columns.iter().all(|column| column.by == MappedBy::Name));
    assert_eq!(all[0].input.last(), Some(&("weird".into(), "x".into())));
}

#[test]
fn named_columns_win_and_the_named_text_is_that_column_alone() {
    let text = "id,title,body,alt\n1,Head,One,Two\n";
    let source = open_as("a.csv", text.as_bytes(), &named("text=alt")).unwrap();
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].title.as_deref()), ("Two", None));
    let source = open_as("a.csv", text.as_bytes(), &named("text=alt,title=title")).unwrap();
    assert_eq!(messages(&source)[0].text, "Head\nTwo");
}

#[test]
fn a_named_column_that_is_not_there_lists_what_is() {
    let error = open_as("a.csv", b"id,Body\n1,x\n", &named("text=Bdy")).unwrap_err();
    assert!(error.to_string().contains("\"id\", \"Body\""), "{error}");
    assert_eq!(error.hint().unwrap(), "did you mean --columns text=Body");
    let error = open_as("a.json", b"[{\"id\":1,\"body\":\"x\"}]", &named("text=txt")).unwrap_err();
    assert!(matches!(error, IngestError::NoSuchColumn { .. }), "{error}");
}

#[test]
fn no_text_column_says_which_one_to_name() {
    let error = open_as("a.csv", b"nr,what they said\n1,it is all broken\n", &InputOptions::default()).unwrap_err();
    assert_eq!(error.hint().unwrap(), "name it: --columns text='what they said'");
}

#[test]
fn nested_json_is_reached_by_a_path() {
    let text = b"[{\"key\":\"k\",\"payload\":{\"said\":\"Broken\",\"by\":{\"name\":\"Ann\"}}}]";
    let source = open_as("a.json", text, &named("text=payload.said,author=payload.by.name,id=key")).unwrap();
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].author.as_deref(), all[0].id.as_str()), ("Broken", Some("Ann"), "k"));
}

#[test]
fn the_channel_is_a_named_column_then_the_option_then_what_is_detected() {
    let text = b"text,channel\nhi,email\n";
    let with = |map: &str, channel| InputOptions { channel, ..named(map) };
    let of = |options: &InputOptions| messages(&open_as("a.csv", text, options).unwrap())[0].channel;
    assert_eq!(of(&with("channel=channel", Some(Channel::X))), Channel::Email);
    assert_eq!(of(&with("", Some(Channel::X))), Channel::X);
    assert_eq!(of(&with("", None)), Channel::Email);
}

#[test]
fn ids_are_text_and_rows_without_one_are_named_by_their_place() {
    let source = open("a.csv", "id,text\n00123,hi\n,ho\n");
    let ids: Vec<_> = messages(&source).into_iter().map(|message| message.id).collect();
    assert_eq!(ids, ["00123", "a.csv:2"]);
    let source = Source::from_reader("-", b"{\"text\":\"x\",\"id\":7}\n".as_slice(), &InputOptions::default()).unwrap();
    assert_eq!((messages(&source)[0].id.as_str(), messages(&source)[0].origin.file.as_str()), ("7", "-"));
}

#[test]
fn seconds_and_milliseconds() {
    let source = open("a.csv", "text,created_at\na,1509487847\nb,1509487847000\nc,2017\n");
    let all = rows(&source);
    assert_eq!(utc(&all[0].as_ref().unwrap().message), utc(&all[1].as_ref().unwrap().message));
    let third = all[2].as_ref().unwrap();
    assert_eq!(third.message.created_at.as_ref().unwrap().utc, None);
    assert_eq!(third.notices[0].kind, NoticeKind::UnknownValue);
}

#[test]
fn day_and_month_are_settled_by_the_column() {
    let source = open("a.csv", "text,date\na,03/04/2020\nb,25/04/2020\n");
    assert_eq!(utc(&messages(&source)[0]), "2020-04-03T00:00:00Z");
    assert!(source.layout().notes.iter().any(|note| note.contains("day first")));
}
