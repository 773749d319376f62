mod model;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{LABEL_BYTES, ThreadIndex, ThreadIndexBuilder, ThreadState};
use crate::message::{AuthorRole, Channel, Counted, CreatedAt, MESSAGE_VERSION, Message, Origin, Reach, Visibility};

fn message(row: u64, id: &str, role: AuthorRole, author: &str) -> Message {
    Message {
        version: MESSAGE_VERSION,
        origin: Origin { file: "a.csv".into(), row },
        id: id.into(),
        thread_id: None,
        parent_id: None,
        channel: Channel::X,
        visibility: Visibility::Public,
        author: Some(author.into()),
        role,
        created_at: None,
        declared_lang: None,
        rating: None,
        title: None,
        text: String::new(),
        existing_reply: None,
        url: None,
        reach: Reach::default(),
        counted: Counted::default(),
        input: vec![("id".into(), id.into()), ("n".into(), row.to_string())],
    }
}

fn customer(row: u64, id: &str, parent: Option<&str>) -> Message {
    Message { parent_id: parent.map(str::to_owned), ..message(row, id, AuthorRole::Customer, "ann") }
}

fn company(row: u64, id: &str, parent: Option<&str>) -> Message {
    Message { parent_id: parent.map(str::to_owned), ..message(row, id, AuthorRole::Company, "us") }
}

fn at(second: i64, message: Message) -> Message {
    let utc = Timestamp::from_second(second).ok();
    Message { created_at: Some(CreatedAt { utc, original: second.to_string() }), ..message }
}

fn index(messages: &[Message]) -> ThreadIndex {
    let mut builder = ThreadIndexBuilder::new();
    for message in messages {
        builder.add(message);
    }
    builder.build()
}

fn states(messages: &[Message]) -> Vec<ThreadState> {
    let index = index(messages);
    messages.iter().map(|message| index.state(message)).collect()
}

#[test]
fn a_message_alone() {
    let message = at(7, customer(1, "m", None));
    let wanted = ThreadState { waiting_since: Timestamp::from_second(7).ok(), ..ThreadState::alone("m") };
    assert_eq!(states(std::slice::from_ref(&message)), std::slice::from_ref(&wanted));
    // One that was never added stands alone, too.
    assert_eq!(index(&[]).state(&message), wanted);
    assert_eq!(index(&[]).newest(), None);
}

#[test]
fn asking_three_times_is_one_turn_and_three_contacts() {
    let all = states(&[customer(1, "1", None), customer(2, "2", Some("1")), customer(3, "3", Some("2"))]);
    assert_eq!(all.iter().map(|state| state.turns).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(all.iter().map(|state| state.contacts).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all.iter().map(|state| state.last_of_customer).collect::<Vec<_>>(), [false, false, true]);
    assert!(all.iter().all(|state| state.thread_id == "1" && !state.answered));
}

#[test]
fn a_reply_answers_what_came_before_it_and_not_what_comes_after() {
    let all = states(&[
        at(10, customer(1, "1", None)),
        at(20, company(2, "2", Some("1"))),
        at(30, customer(3, "3", Some("2"))),
        at(40, customer(4, "4", Some("3"))),
    ]);
    assert_eq!(all.iter().map(|state| state.contacts).collect::<Vec<_>>(), [0, 0, 1, 2]);
    assert_eq!(all.iter().map(|state| state.turns).collect::<Vec<_>>(), [1, 2, 3, 3]);
    assert_eq!(all.iter().map(|state| state.answered).collect::<Vec<_>>(), [true, false, false, false]);
    assert_eq!(all.iter().map(|state| state.company_turns).collect::<Vec<_>>(), [0, 0, 1, 1]);
    assert_eq!(all[3].waiting_since, Timestamp::from_second(30).ok());
    assert!(all[2].company_spoke_before && !all[0].company_spoke_before);
}

#[test]
fn order_is_by_time_and_a_parent_may_come_later_in_the_file() {
    let all = states(&[at(20, company(1, "2", Some("1"))), at(10, customer(2, "1", None))]);
    assert_eq!((all[0].turns, all[1].turns), (2, 1));
    assert!(all[1].answered);
    assert_eq!(all[0].thread_id, "1");
}

#[test]
fn without_all_times_the_order_of_the_input_counts() {
    let all = states(&[customer(1, "1", None), at(5, company(2, "2", Some("1")))]);
    assert_eq!((all[0].turns, all[1].turns), (1, 2));
}

#[test]
fn a_reply_in_the_same_row_is_a_reply() {
    let first = Message { existing_reply: Some("We want to help".into()), ..customer(1, "1", None) };
    let all = states(&[first.clone(), customer(2, "2", Some("1"))]);
    assert_eq!((all[0].contacts, all[0].answered), (0, true));
    assert_eq!((all[1].contacts, all[1].turns, all[1].company_turns), (1, 3, 1));
    let alone = &states(&[first])[0];
    assert_eq!((alone.contacts, alone.answered, alone.turns), (0, true, 1));
}

#[test]
fn private_replies_are_no_public_turns() {
    let mut messages = vec![
        customer(1, "1", None),
        company(2, "2", Some("1")),
        company(3, "3", Some("2")),
        customer(4, "4", Some("3")),
    ];
    assert_eq!(states(&messages)[3].company_turns, 1, "two messages in a row are one turn");
    for message in &mut messages {
        message.visibility = Visibility::Private;
    }
    let last = &states(&messages)[3];
    assert_eq!((last.company_turns, last.company_spoke_before), (0, true));
}

#[test]
fn system_messages_take_no_turn_and_answer_nobody() {
    let bot = Message { parent_id: Some("1".into()), ..message(2, "2", AuthorRole::System, "bot") };
    let all = states(&[customer(1, "1", None), bot, customer(3, "3", Some("2"))]);
    assert_eq!((all[1].turns, all[1].contacts), (1, 0));
    assert_eq!((all[2].turns, all[2].contacts), (1, 2));
}

#[test]
fn counters_of_the_export_stand_for_the_thread_of_one_row() {
    let with = |customer_turns, company_turns| {
        let counted = Counted { customer: customer_turns, company: company_turns };
        states(&[Message { counted, ..customer(1, "1", None) }]).remove(0)
    };
    let unanswered = with(Some(3), Some(0));
    assert_eq!((unanswered.contacts, unanswered.turns, unanswered.answered), (3, 3, false));
    let answered = with(Some(2), Some(2));
    assert_eq!(
        (answered.contacts, answered.turns, answered.answered, answered.company_spoke_before),
        (0, 4, true, true)
    );
    assert_eq!(with(None, Some(0)).contacts, 1);
    assert!(with(None, Some(1)).answered);
    assert_eq!(with(Some(3), None).contacts, 3);
}

#[test]
fn thread_ids_join_and_name() {
    let of = |row, id: &str, thread: &str| Message { thread_id: Some(thread.into()), ..customer(row, id, None) };
    let all = states(&[of(1, "1", "t"), of(2, "2", "u"), of(3, "3", "t"), customer(4, "4", Some("3"))]);
    assert_eq!(all.iter().map(|state| state.thread_id.as_str()).collect::<Vec<_>>(), ["t", "u", "t", "t"]);
    assert_eq!(all[3].contacts, 3);
}

#[test]
fn siblings_of_a_missing_parent_are_one_thread_and_cycles_end() {
    let all = states(&[customer(1, "1", Some("gone")), customer(2, "2", Some("gone"))]);
    assert_eq!(all[1].contacts, 2);
    let all = states(&[customer(1, "1", Some("2")), customer(2, "2", Some("1")), customer(3, "3", Some("3"))]);
    assert_eq!((all[1].contacts, all[2].contacts), (2, 1));
}

#[test]
fn ids_that_a_spreadsheet_made_decimal_still_join() {
    assert_eq!(states(&[customer(1, "12", None), customer(2, "13", Some("12.0"))])[1].contacts, 2);
}

#[test]
fn threads_span_files_of_one_export_and_not_of_others() {
    let part =
        |file: &str, message: Message| Message { origin: Origin { file: file.into(), ..message.origin }, ..message };
    let all = states(&[part("1.csv", customer(1, "1", None)), part("2.csv", company(1, "2", Some("1")))]);
    assert!(all[0].answered, "parts of one export");

    let mut other = part("b.csv", company(1, "2", Some("1")));
    other.input = vec![("ticket".into(), "2".into()), ("body".into(), "x".into())];
    assert!(!states(&[part("a.csv", customer(1, "1", None)), other])[0].answered, "another export");

    let stranger = part("2.csv", Message { author: Some("bob".into()), ..customer(9, "1", None) });
    let built = index(&[part("1.csv", customer(1, "1", None)), stranger.clone()]);
    assert_eq!((built.duplicate_ids(), built.state(&stranger).contacts), (0, 1), "same id, another person");
}

#[test]
fn identical_rows_count_once_and_edited_ones_are_told() {
    let first = customer(1, "1", None);
    let again = Message { origin: Origin { row: 2, ..first.origin.clone() }, ..first.clone() };
    let updated = customer(3, "1", None);
    let edited = Message { text: "now worse".into(), ..customer(4, "1", None) };
    let built = index(&[first.clone(), again.clone(), updated.clone(), edited.clone()]);
    let figures = (built.repeated_rows(), built.duplicate_ids(), built.threads());
    assert_eq!(figures, (1, 2, 1));
    assert_eq!(built.state(&again), built.state(&first));
    assert_eq!(built.state(&updated), built.state(&first), "same text");
    assert_eq!(built.state(&edited).contacts, 2);
    let earlier = built.earlier(&again).unwrap();
    assert_eq!((earlier.row, earlier.identical), (1, true));
    assert!(!built.earlier(&edited).unwrap().identical);
    assert_eq!(built.earlier(&first), None);
}

#[test]
fn made_up_ids_are_never_duplicates_and_a_file_named_twice_counts_once() {
    let part = |file: &str| Message { origin: Origin { file: file.into(), row: 1 }, ..customer(1, "x.csv:1", None) };
    assert_eq!(index(&[part("a/x.csv"), part("b/x.csv")]).duplicate_ids(), 0);
    assert_eq!(index(&[part("a/x.csv"), part("a/x.csv")]).messages(), 1);
}

#[test]
fn rows_that_are_missing_or_come_in_another_order_are_found_again() {
    let rows = [4, 5, 6, 9, 10, 2, 1, 7, 5];
    let messages: Vec<Message> = rows.iter().map(|row| customer(*row, &format!("id{row}"), None)).collect();
    let built = index(&messages);
    assert_eq!(built.messages(), 8, "row 5 came twice");
    for message in &messages {
        assert_eq!(built.state(message).thread_id, message.id);
        assert_eq!(built.earlier(message), None);
    }
    let repeated = Message { id: "id9".into(), ..customer(8, "id9", None) };
    let built = index(&[messages.as_slice(), std::slice::from_ref(&repeated)].concat());
    assert_eq!(built.earlier(&repeated).map(|earlier| earlier.row), Some(9));
    assert_eq!(built.earlier(&customer(3, "id9", None)), None, "a row that was never added has no place");
}

#[test]
fn figures_of_the_run() {
    let built =
        index(&[at(30, customer(1, "1", None)), at(10, company(2, "2", Some("1"))), at(20, customer(3, "3", None))]);
    assert_eq!((built.messages(), built.threads(), built.threads_with_company()), (3, 2, 1));
    assert_eq!(built.newest(), Timestamp::from_second(30).ok());
}

#[test]
fn endless_ids_are_cut() {
    let long = "é".repeat(4000);
    let all = states(&[customer(1, &long, None), customer(2, "2", Some(&long))]);
    assert!(all[1].thread_id.len() <= LABEL_BYTES && all[1].thread_id.starts_with('é'));
    assert_eq!(all[0].thread_id, all[1].thread_id);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_index_is_the_naive_model(
        rows in proptest::collection::vec(
            (0u8..5, proptest::option::weighted(0.7, 0usize..14), proptest::option::weighted(0.9, 0i64..6), 0u8..3, any::<(bool, bool)>(), proptest::option::weighted(0.15, 0u8..2)),
            1..12,
        ),
    ) {
        let messages: Vec<Message> = rows
            .iter()
            .enumerate()
            .map(|(at_row, (role, parent, second, author, (reply, public), thread))| {
                let role = match role {
                    0 | 1 => AuthorRole::Company,
                    2 => AuthorRole::System,
                    _ => AuthorRole::Customer,
                };
                let row = u64::try_from(at_row).unwrap() + 1;
                Message {
                    parent_id: parent.map(|parent| format!("m{parent}")),
                    thread_id: thread.map(|thread| format!("t{thread}")),
                    author: (*author > 0).then(|| format!("a{author}")),
                    existing_reply: (*reply && *author == 1).then(|| "reply".into()),
                    visibility: if *public { Visibility::Public } else { Visibility::Private },
                    created_at: second.map(|second| CreatedAt { utc: Timestamp::from_second(second).ok(), original: String::new() }),
                    ..message(row, &format!("m{at_row}"), role, "")
                }
            })
            .collect();
        prop_assert_eq!(states(&messages), model::states(&messages));
    }
}
