//! The states of threads by their definitions, at leisure: what the index must agree with.

use jiff::Timestamp;

use crate::message::{AuthorRole, Message, Visibility};
use crate::thread::ThreadState;

pub(super) fn states(messages: &[Message]) -> Vec<ThreadState> {
    (0..messages.len()).map(|me| state(messages, me)).collect()
}

fn time(message: &Message) -> Option<Timestamp> {
    message.created_at.as_ref().and_then(|created| created.utc)
}

/// Whether two messages are in one thread by themselves, not by way of a third.
fn linked(a: &Message, b: &Message) -> bool {
    if let (Some(x), Some(y)) = (&a.thread_id, &b.thread_id) {
        return x == y;
    }
    let follows =
        |child: &Message, parent: &Message| child.thread_id.is_none() && child.parent_id.as_ref() == Some(&parent.id);
    let siblings =
        a.thread_id.is_none() && b.thread_id.is_none() && a.parent_id.is_some() && a.parent_id == b.parent_id;
    follows(a, b) || follows(b, a) || siblings
}

/// The thread of a message, in order.
fn members(messages: &[Message], me: usize) -> Vec<usize> {
    let mut members = vec![me];
    let mut next = 0;
    while next < members.len() {
        for other in 0..messages.len() {
            if !members.contains(&other) && linked(&messages[members[next]], &messages[other]) {
                members.push(other);
            }
        }
        next += 1;
    }
    members.sort_unstable();
    if members.iter().all(|at| time(&messages[*at]).is_some()) {
        members.sort_by_key(|at| (time(&messages[*at]), *at));
    }
    members
}

/// Something said in a thread: by whom, and whether in public. The company has no name.
#[derive(Clone, PartialEq)]
struct Said {
    by: Option<String>,
    company: bool,
    public: bool,
}

fn said(message: &Message) -> Vec<Said> {
    let public = message.visibility == Visibility::Public;
    let company = Said { by: None, company: true, public };
    let customer = Said { by: message.author.clone(), company: false, public };
    match message.role {
        AuthorRole::System => vec![],
        AuthorRole::Company => vec![company],
        AuthorRole::Customer if message.existing_reply.is_some() => vec![customer, company],
        AuthorRole::Customer => vec![customer],
    }
}

/// Turns: runs of the same speaker, public when any part is.
fn turns(said: &[Said]) -> Vec<Said> {
    let mut turns: Vec<Said> = Vec::new();
    for part in said {
        match turns.last_mut() {
            Some(last) if (&last.by, last.company) == (&part.by, part.company) => {
                last.public |= part.public;
            }
            _ => turns.push(part.clone()),
        }
    }
    turns
}

fn replies(message: &Message) -> bool {
    message.role == AuthorRole::Company || (message.role == AuthorRole::Customer && message.existing_reply.is_some())
}

fn state(messages: &[Message], me: usize) -> ThreadState {
    let message = &messages[me];
    let members = members(messages, me);
    let place = members.iter().position(|at| *at == me).unwrap();
    let thread: Vec<&Message> = members.iter().map(|at| &messages[*at]).collect();
    let (earlier, later) = (&thread[..place], &thread[place + 1..]);

    let before: Vec<Said> = earlier.iter().flat_map(|message| said(message)).collect();
    let upto: Vec<Said> = before.iter().cloned().chain(said(message).into_iter().take(1)).collect();
    let mut turns_before = turns(&before);
    if message.role == AuthorRole::Company && turns_before.last().is_some_and(|last| last.company) {
        turns_before.pop();
    }

    let customer = message.role == AuthorRole::Customer;
    let same = |other: &&&Message| other.role == AuthorRole::Customer && other.author == message.author;
    let answered = later.iter().any(|other| replies(other)) || (customer && replies(message));
    let since = earlier.iter().rposition(|other| replies(other)).map_or(0, |at| at + 1);
    let open: Vec<&Message> =
        if customer && !answered { thread[since..=place].iter().filter(same).copied().collect() } else { vec![] };
    let named = thread.iter().find_map(|other| other.thread_id.clone());
    ThreadState {
        thread_id: named.unwrap_or_else(|| thread[0].id.clone()),
        turns: u32::try_from(turns(&upto).len()).unwrap(),
        contacts: u32::try_from(open.len()).unwrap(),
        answered,
        company_spoke_before: before.iter().any(|part| part.company),
        company_turns: u32::try_from(turns_before.iter().filter(|turn| turn.company && turn.public).count()).unwrap(),
        waiting_since: open.iter().filter_map(|other| time(other)).min(),
        last_of_customer: customer && later.iter().filter(same).count() == 0,
    }
}
