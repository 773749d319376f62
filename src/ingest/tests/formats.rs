//! Each known format, in the shape in which it is exported.

use super::{format_of, messages, named, open, open_as, rows, utc, utf16};
use crate::ingest::{EncodingEvidence, IngestError, InputOptions, Kind, Notice, NoticeKind};
use crate::message::{AuthorRole, Channel, Message, Visibility};
use crate::thread::{ThreadIndex, ThreadIndexBuilder};

fn index(all: &[Message]) -> ThreadIndex {
    let mut index = ThreadIndexBuilder::new();
    for message in all {
        index.add(message);
    }
    index.build()
}

#[test]
fn twcs_in_either_column_order() {
    let one = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n\
               2,115712,True,Tue Oct 31 22:10:47 +0000 2017,@acme my line is dead,\"3,4\",\n\
               3,acme,False,Tue Oct 31 22:12:00 +0000 2017,@115712 We want to help,,2\n";
    let other = "tweet_id,author_id,created_at,text,inbound,in_response_to_tweet_id,response_tweet_id\n\
                 2,115712,Tue Oct 31 22:10:47 +0000 2017,@acme my line is dead,true,,\"3,4\"\n\
                 3,acme,Tue Oct 31 22:12:00 +0000 2017,@115712 We want to help,false,2,\n";
    for text in [one, other] {
        let source = open("twcs.csv", text);
        assert_eq!(format_of(&source), "twcs");
        let [question, answer] = &messages(&source)[..] else { panic!() };
        assert_eq!((question.id.as_str(), question.role), ("2", AuthorRole::Customer));
        assert_eq!((answer.parent_id.as_deref(), answer.role), (Some("2"), AuthorRole::Company));
        assert_eq!((question.channel, question.visibility), (Channel::X, Visibility::Public));
        assert_eq!(utc(question), "2017-10-31T22:10:47Z");
        assert_eq!(question.created_at.as_ref().unwrap().original, "Tue Oct 31 22:10:47 +0000 2017");
        assert_eq!(question.input.len(), 7);
        assert!(question.input.contains(&("response_tweet_id".into(), "3,4".into())));
    }
}

const PLAY: &str = "Package Name,App Version Code,Reviewer Language,Device,Review Submit Date and Time,Review Submit Millis Since Epoch,Star Rating,Review Title,Review Text,Developer Reply Date and Time,Developer Reply Text,Review Link\n\
    org.acme,7,en,flo,2023-01-02T03:04:05Z,1672628645000,1,Crashes,It loses every note — twice today,,,https://play.google.com/console/x?reviewId=gp%3AAA1&y=2\n\
    org.acme,7,de,flo,2023-01-03T03:04:05Z,1672715045000,4,,Nützlich,2023-01-04T00:00:00Z,Thank you!,https://play.google.com/console/x?reviewId=gp%3AAA2\n\
    org.acme,7,en,flo,2023-01-05T03:04:05Z,1672887845000,5,,,,,\n";

#[test]
fn google_play_in_utf16() {
    let source = open_as("reviews.csv", &utf16(PLAY), &InputOptions::default()).unwrap();
    let layout = source.layout();
    assert_eq!((layout.format.as_str(), layout.encoding.name.as_str()), ("google_play", "UTF-16LE"));
    assert_eq!(layout.encoding.found_by, EncodingEvidence::ByteOrderMark);
    assert!(layout.notes.iter().any(|note| note == "1 of the rows have no text"), "{:?}", layout.notes);
    let all = messages(&source);
    assert_eq!(all[0].text, "Crashes\nIt loses every note — twice today");
    assert_eq!(all[0].id, "gp%3AAA1");
    assert_eq!(all[0].rating.map(|rating| (rating.value, rating.scale)), Some((1.0, 5.0)));
    assert_eq!(utc(&all[0]), "2023-01-02T03:04:05Z");
    assert_eq!(all[0].existing_reply, None);
    assert_eq!(all[1].existing_reply.as_deref(), Some("Thank you!"));
    assert_eq!(all[1].declared_lang.as_deref(), Some("de"));
    assert_eq!((all[2].text.as_str(), all[2].id.as_str()), ("", "reviews.csv:3"));
}

#[test]
fn trustpilot_joins_title_and_body_and_knows_that_a_reply_exists() {
    let text = "Review ID,Review Created (UTC),Review Username,Review Title,Review Content,Review Stars,Domain URL,Business Reply Date (UTC)\n\
                t1,2024-05-01 10:00:00,Kim,Two months late,Nobody answers.,1,shop.example,\n\
                t2,2024-05-02 10:00:00,Bo,Great,Great service all round,5,shop.example,2024-05-03 09:00:00\n";
    let source = open("tp.csv", text);
    assert_eq!(format_of(&source), "trustpilot");
    let all = messages(&source);
    assert_eq!(all[0].text, "Two months late\nNobody answers.");
    assert_eq!(all[1].text, "Great service all round");
    assert_eq!((all[0].counted.company, all[1].counted.company), (Some(0), Some(1)));
    assert_eq!((all[0].id.as_str(), all[0].channel), ("t1", Channel::Trustpilot));
}

const ZENDESK_VIEW: &str = "Summation column,Id,Requester,Requester id,Subject,Tags,Status,Created at,Replies\n\
    1,77,Lee,4,Where is my order,-,open,2009-09-01 19:02,-\n";

#[test]
fn zendesk_csv_is_refused_with_what_to_export_instead() {
    let error = open_as("view.csv", ZENDESK_VIEW.as_bytes(), &InputOptions::default()).unwrap_err();
    let IngestError::NoMessageText { columns, .. } = &error else { panic!("{error}") };
    assert!(columns.contains(&"Subject".to_owned()));
    assert!(error.to_string().contains("no message text"), "{error}");
    assert!(error.hint().unwrap().contains("JSON"));
}

#[test]
fn zendesk_csv_with_a_named_text_column_is_read() {
    let source = open_as("view.csv", ZENDESK_VIEW.as_bytes(), &named("text=Subject")).unwrap();
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].title.as_deref()), ("Where is my order", None));
    assert_eq!((all[0].id.as_str(), all[0].channel), ("77", Channel::Email));
    assert_eq!(utc(&all[0]), "2009-09-01T19:02:00Z");
}

#[test]
fn zendesk_json_emits_repeated_rows() {
    let ticket = r#"{"id":35436,"subject":"Printer","raw_subject":"Printer","description":"It is on fire","status":"open","requester_id":9,"via":{"channel":"web"},"tags":["a","b"],"created_at":"2024-01-01T00:00:00Z","updated_at":"2024-01-02T00:00:00Z"}"#;
    let source =
        open("tickets.json", &format!("{{\"count\":2,\"tickets\":[{ticket},\n{ticket}],\"after_cursor\":null}}"));
    let layout = source.layout();
    assert_eq!(
        (layout.format.as_str(), layout.list.as_deref(), layout.kind),
        ("zendesk_json", Some("tickets"), Kind::Json)
    );
    let all = messages(&source);
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].id.as_str(), all[0].thread_id.as_deref()), ("35436", Some("35436")));
    assert_eq!((all[0].text.as_str(), all[0].channel), ("Printer\nIt is on fire", Channel::WebForm));
    assert!(all[0].input.contains(&("tags".into(), "[\"a\",\"b\"]".into())));
    let index = index(&all);
    assert_eq!((index.repeated_rows(), index.duplicate_ids()), (1, 0));
    let notice = Notice::of_repeat(&all[1], &index.earlier(&all[1]).unwrap());
    assert_eq!((notice.kind, notice.row), (NoticeKind::RepeatedRow, 2));
    assert_eq!(index.state(&all[1]).contacts, 1);
}

#[test]
fn freshdesk_in_either_case_brings_its_counters() {
    let text = "ticket id,Subject,Description,Status,Source,Agent,Created Time,Initial response time,Agent interactions,Customer interactions,Full name,Title\n\
                5,Refund,Where is my money?,Open,Email,Sam,2024-02-01 10:00:00,,0,3,Ada,Captain\n\
                6,Size,Too small,Closed,Portal,Sam,2024-02-01 11:00:00,2024-02-01 12:00:00,,,Bo,\n\
                7,Colour,It is green,Open,Twitter,Sam,2024-02-01 11:00:00,,,,Cy,\n";
    let source = open("fd.csv", text);
    assert_eq!(format_of(&source), "freshdesk_csv");
    let all = messages(&source);
    assert_eq!((all[0].counted.customer, all[0].counted.company), (Some(3), Some(0)));
    assert_eq!((all[1].counted.customer, all[1].counted.company), (None, Some(1)));
    assert_eq!(all[2].counted.company, Some(0));
    assert_eq!(all[0].text, "Refund\nWhere is my money?");
    assert_eq!(all[0].author.as_deref(), Some("Ada"));
    assert_eq!([all[0].channel, all[1].channel, all[2].channel], [Channel::Email, Channel::WebForm, Channel::X]);
}

#[test]
fn freshdesk_without_descriptions_says_that_it_reads_the_subject() {
    let text =
        "Ticket ID,Subject,Status,Created time,Agent interactions\n5,Where is my refund,Open,2024-02-01 10:00:00,0\n";
    let source = open("fd.csv", text);
    assert_eq!(messages(&source)[0].text, "Where is my refund");
    assert!(source.layout().notes.iter().any(|note| note.contains("subject alone")), "{:?}", source.layout().notes);
}

#[test]
fn cfpb_in_both_layouts() {
    let old = "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,Company public response,Company,State,ZIP code,Tags,Consumer consent provided?,Submitted via,Date sent to company,Company response to consumer,Timely response?,Consumer disputed?,Complaint ID\n\
               03/12/2014,Mortgage,,Billing,,They took XXXX twice,None,ACME,CA,1,,Consent,Web,03/17/2014,Closed,Yes,No,759217\n\
               10/01/2016,Loan,,Billing,,,,ACME,CA,1,,,Phone,10/05/2016,Closed,Yes,No,759218\n";
    let source = open("old.csv", old);
    assert_eq!((format_of(&source), source.layout().variant.as_deref()), ("cfpb", Some("18 columns")));
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].existing_reply.as_deref()), ("They took XXXX twice", None));
    assert_eq!((utc(&all[0]), all[0].channel), ("2014-03-12T00:00:00Z".into(), Channel::WebForm));
    assert_eq!((all[1].text.as_str(), all[1].id.as_str(), all[1].channel), ("", "759218", Channel::Phone));
    assert!(all[0].input.contains(&("Company public response".into(), "None".into())));

    let new = "Complaint ID,Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,Company public response,Company,State,ZIP code,Tags,Submitted via,Date sent to company,Company response to consumer,Timely response?\n\
               9,2024-03-12T12:00:00-05:00,Card,,Fees,,None,,ACME,CA,1,,Web,2024-03-12T12:00:00-05:00,Closed,Yes\n";
    let source = open("new.csv", new);
    assert_eq!(source.layout().variant.as_deref(), Some("16 columns"));
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), utc(&all[0]).as_str()), ("", "2024-03-12T17:00:00Z"));
}

#[test]
fn yelp_keeps_both_versions_of_an_edited_review() {
    let text = "{\"review_id\":\"r1\",\"user_id\":\"u\",\"business_id\":\"b\",\"stars\":2.0,\"useful\":3,\"funny\":0,\"cool\":0,\"text\":\"Meh\",\"date\":\"2018-07-07 22:09:11\"}\n\
                {\"review_id\":\"r1\",\"user_id\":\"u\",\"business_id\":\"b\",\"stars\":1.0,\"useful\":0,\"funny\":0,\"cool\":0,\"text\":\"Now worse\",\"date\":\"2018-08-07 22:09:11\"}\n";
    let source = open("yelp.jsonl", text);
    assert_eq!((format_of(&source), source.layout().kind), ("yelp", Kind::JsonLines));
    let all = messages(&source);
    assert_eq!((all[0].reach.helpful, all[0].channel), (Some(3), Channel::Yelp));
    let index = index(&all);
    let notice = Notice::of_repeat(&all[1], &index.earlier(&all[1]).unwrap());
    assert_eq!(notice.kind, NoticeKind::DuplicateId);
    assert!(notice.reason.contains("later version"), "{notice}");
    assert_eq!(index.earlier(&all[0]), None);
}

#[test]
fn google_business_keeps_the_original_and_reads_rating_words() {
    let text = r#"{"reviews":[
        {"reviewId":"g1","reviewer":{"displayName":"Uwe"},"starRating":"ONE","comment":"(Translated by Google) Rude\n\n(Original)\nUnfreundlich","createTime":"2024-01-01T00:00:00Z","updateTime":"2024-01-02T00:00:00Z","reviewReply":{"comment":"We want to put it right","updateTime":"2024-01-03T00:00:00Z"}},
        {"reviewId":"g2","starRating":"FIVE","createTime":"2024-01-01T00:00:00Z","updateTime":"2024-01-01T00:00:00Z"}],"averageRating":3,"totalReviewCount":2}"#;
    let source = open("reviews.json", text);
    assert_eq!(format_of(&source), "google_business");
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].author.as_deref()), ("Unfreundlich", Some("Uwe")));
    assert_eq!(all[0].existing_reply.as_deref(), Some("We want to put it right"));
    assert_eq!(all[0].rating.unwrap().value.to_bits(), 1.0_f32.to_bits());
    assert_eq!((all[1].text.as_str(), all[1].author.as_deref()), ("", None));
}

#[test]
fn the_play_api_takes_the_newest_comment_and_splits_title_from_body() {
    let text = r#"{"reviews":[{"reviewId":"p1","authorName":"Jo","comments":[
        {"userComment":{"text":"Slow\tIt hangs","lastModified":{"seconds":"1700000000"},"starRating":2,"reviewerLanguage":"en"}},
        {"userComment":{"text":"\tStill hangs","lastModified":{"seconds":"1700009999"},"starRating":1,"reviewerLanguage":"en"}},
        {"developerComment":{"text":"Sorry to hear that","lastModified":{"seconds":"1700000500"}}}]}]}"#;
    let source = open("play.json", text);
    assert_eq!(format_of(&source), "google_play_api");
    let all = messages(&source);
    assert_eq!((all[0].text.as_str(), all[0].title.as_deref()), ("Still hangs", None));
    assert_eq!(utc(&all[0]), "2023-11-15T00:59:59Z");
    assert_eq!(all[0].existing_reply.as_deref(), Some("Sorry to hear that"));
    assert_eq!(
        all[0].input.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["reviewId", "authorName", "comments"]
    );
}

#[test]
fn app_store_in_both_forms() {
    let connect = r#"{"data":[{"type":"customerReviews","id":"a1","attributes":{"rating":1,"title":"Lost","body":"All my data","reviewerNickname":"zed","createdDate":"2019-06-23T15:00:00-07:00","territory":"USA"}}],"links":{"self":"x"}}"#;
    let source = open("asc.json", connect);
    assert_eq!(format_of(&source), "app_store_connect");
    assert_eq!(messages(&source)[0].text, "Lost\nAll my data");
    assert_eq!(utc(&messages(&source)[0]), "2019-06-23T22:00:00Z");

    let entry = r#"{"id":{"label":"77"},"title":{"label":"Bad"},"content":{"label":"Bad update"},"im:rating":{"label":"2"},"updated":{"label":"2024-01-01T00:00:00-07:00"},"author":{"name":{"label":"Al"}}}"#;
    let app =
        r#"{"id":{"label":"1"},"title":{"label":"The App"},"im:name":{"label":"App"},"im:artist":{"label":"Us"}}"#;
    let source = open("rss.json", &format!("{{\"feed\":{{\"entry\":[{app},{entry}]}}}}"));
    assert_eq!(format_of(&source), "app_store_rss");
    let all = rows(&source);
    let first = all[0].as_ref().unwrap();
    assert_eq!((first.message.text.as_str(), first.notices[0].kind), ("", NoticeKind::NotAMessage));
    let review = &all[1].as_ref().unwrap().message;
    assert_eq!((review.text.as_str(), review.id.as_str(), review.author.as_deref()), ("Bad update", "77", Some("Al")));
    let source = open("rss1.json", &format!("{{\"feed\":{{\"entry\":{entry}}}}}"));
    assert_eq!(messages(&source).len(), 1);
}

#[test]
fn amazon_in_four_forms() {
    let old = r#"{"reviewerID":"A","asin":"B","reviewerName":"Al","helpful":[2,3],"reviewText":"Broke","overall":1.0,"summary":"Poor","unixReviewTime":1252800000,"reviewTime":"09 13, 2009"}"#;
    let source = open("old.jsonl", old);
    let all = messages(&source);
    assert_eq!(
        (format_of(&source), all[0].text.as_str(), all[0].reach.helpful),
        ("amazon_2014", "Poor\nBroke", Some(2))
    );
    assert_eq!(utc(&all[0]), "2009-09-13T00:00:00Z");

    let new = r#"{"rating":1.0,"title":"Poor","text":"Broke","images":[],"asin":"B","parent_asin":"B","user_id":"u","timestamp":1588687728923,"helpful_vote":4,"verified_purchase":true}"#;
    let source = open("new.jsonl", new);
    let all = messages(&source);
    assert_eq!((format_of(&source), all[0].reach.helpful), ("amazon_2023", Some(4)));
    assert_eq!(utc(&all[0]), "2020-05-05T14:08:48.923Z");

    let tsv = "marketplace\tcustomer_id\treview_id\tstar_rating\thelpful_votes\treview_headline\treview_body\treview_date\n\
               US\t1\tR1\t1\t0\t\"Quote at the start\tIt said 5\" wide\t2015-08-31\n\
               US\t2\tR2\t2\t7\tFine\tOK\t2015-08-30\n";
    let source = open("us.tsv", tsv);
    let all = messages(&source);
    assert_eq!((format_of(&source), all.len(), source.layout().quoting), ("amazon_tsv", 2, Some(false)));
    assert_eq!(all[0].text, "\"Quote at the start\nIt said 5\" wide");

    let food = "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,HelpfulnessDenominator,Score,Time,Summary,Text\n1,B,U,del,1,1,5,1303862400,Good,\"Tasty, really\"\n";
    let source = open("food.csv", food);
    assert_eq!((format_of(&source), messages(&source)[0].text.as_str()), ("amazon_fine_food", "Good\nTasty, really"));
}
