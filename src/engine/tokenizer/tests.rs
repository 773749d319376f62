use proptest::prelude::*;
use rayon::prelude::*;

use super::*;
use crate::engine::package::testing;

fn tiny() -> TextTokenizer {
    TextTokenizer::new(&testing::tiny()).unwrap()
}

fn embedded() -> TextTokenizer {
    TextTokenizer::new(&ModelPackage::embedded().unwrap()).unwrap()
}

/// Words of the text that the tokens stand for.
fn words<'a>(encoded: &Encoded, text: &'a str) -> Vec<&'a str> {
    encoded.spans.iter().flatten().map(|span| &text[span.from..span.to]).collect()
}

#[test]
fn nothing_is_padded_or_cut_whatever_the_file_says() {
    let tokenizer = tiny();
    let short = tokenizer.encode("late").unwrap();
    assert_eq!(short.ids.len(), 3);
    // The test package's tokenizer.json asks for 8 tokens exactly.
    let long = tokenizer.encode("the parcel never, never, never, never!").unwrap();
    assert_eq!(long.ids.len(), 12);
    assert_eq!(long.truncated_tokens, 0);
}

#[test]
fn known_texts_give_known_ids() {
    let tokenizer = tiny();
    let id = |token: &str| tokenizer.inner.token_to_id(token).unwrap();
    let encoded = tokenizer.encode("Refunds never!").unwrap();
    let expected = ["[CLS]", "refund", "##s", "never", "!", "[SEP]"].map(id);
    assert_eq!(encoded.ids, expected);
    assert_eq!(words(&encoded, "Refunds never!"), ["Refund", "s", "never", "!"]);
    assert_eq!(encoded.spans.first(), Some(&None));
    assert_eq!(encoded.spans.last(), Some(&None));
}

#[test]
fn spans_are_bytes_of_the_original_text() {
    let tokenizer = embedded();
    for (text, expected) in [
        ("Ünïcode café", vec!["Ünïcode", "café"]),
        ("so bad 😡😡 refund", vec!["so", "bad", "😡", "😡", "refund"]),
        ("I\u{2019}m “done”", vec!["I", "\u{2019}", "m", "“", "done", "”"]),
        ("e\u{301}t\u{e9}", vec!["e\u{301}t\u{e9}"]),
        ("很 bad", vec!["很", "bad"]),
        ("nul\0 byte", vec!["nul", "byte"]),
    ] {
        let encoded = tokenizer.encode(text).unwrap();
        // Word pieces are joined again where they touch, so that the test does not depend on the vocabulary.
        let mut joined: Vec<Span> = Vec::new();
        for span in encoded.spans.iter().flatten() {
            match joined.last_mut() {
                Some(last)
                    if last.to == span.from
                        && text[last.from..span.to].chars().all(|c| c.is_alphanumeric() || c == '\u{301}') =>
                {
                    last.to = span.to;
                }
                _ => joined.push(*span),
            }
        }
        let found: Vec<&str> = joined.iter().map(|span| span.of(text)).collect();
        assert_eq!(found, expected, "{text:?} {:?}", encoded.spans);
    }
}

#[test]
fn special_tokens_in_a_text_are_text() {
    let tokenizer = embedded();
    let encoded = tokenizer.encode("a [SEP] b [CLS]").unwrap();
    let inner = &encoded.ids[1..encoded.ids.len() - 1];
    assert!(!inner.contains(&tokenizer.sep) && !inner.contains(&tokenizer.cls), "{inner:?}");
}

#[test]
fn an_empty_text_is_two_tokens() {
    for text in ["", "   ", "\u{200b}"] {
        let encoded = tiny().encode(text).unwrap();
        assert_eq!(encoded.ids.len(), 2, "{text:?}");
        assert_eq!(encoded.truncated_tokens, 0);
    }
}

#[test]
fn a_long_text_keeps_its_beginning_and_counts_the_rest() {
    let tokenizer = tiny();
    let at_limit = "late ".repeat(510);
    let encoded = tokenizer.encode(&at_limit).unwrap();
    assert_eq!((encoded.ids.len(), encoded.truncated_tokens), (512, 0));
    assert_eq!(encoded.ids.last(), Some(&tokenizer.sep));
    let over = "late ".repeat(511);
    let encoded = tokenizer.encode(&over).unwrap();
    assert_eq!((encoded.ids.len(), encoded.truncated_tokens), (512, 1));
    assert_eq!(encoded.spans.len(), 512);
    // Several pieces, the first of which does not fill the model: one long word a piece.
    let words = format!("{} ", "x".repeat(5000)).repeat(600);
    let encoded = tokenizer.encode(&words).unwrap();
    assert_eq!((encoded.ids.len(), encoded.truncated_tokens), (512, 90));
    assert_eq!(encoded.spans[510], Some(Span { from: 509 * 5001, to: 509 * 5001 + 5000 }));
}

#[test]
fn pieces_join_to_the_text_and_break_at_white_space() {
    let text = "é ".repeat(20_000);
    let mut whole = String::new();
    for (from, piece) in pieces(&text) {
        assert_eq!(from, whole.len());
        assert!(from == 0 || piece.starts_with(' '));
        whole.push_str(piece);
    }
    assert_eq!(whole, text);
    assert_eq!(pieces("").count(), 0);
    assert_eq!(pieces(&"!".repeat(3 * PIECE_BYTES)).count(), 3);
    assert_eq!(pieces(&"x".repeat(100_000)).count(), 1);
}

#[test]
fn pieces_have_the_tokens_of_the_whole() {
    let tokenizer = tiny();
    let text = "Never: (late)! caf\u{e9}, e\u{301}.\u{301} x\u{85}y\u{a0}\tagain?! 😡很 ".repeat(600);
    assert!(pieces(&text).count() > 3);
    let whole = tokenizer.inner.encode_fast(text.as_str(), false).unwrap();
    let piecewise: Vec<u32> = pieces(&text)
        .flat_map(|(_, piece)| tokenizer.inner.encode_fast(piece, false).unwrap().get_ids().to_vec())
        .collect();
    assert_eq!(whole.get_ids(), piecewise);
}

#[test]
fn one_tokenizer_serves_all_threads() {
    let tokenizer = tiny();
    let texts: Vec<String> = (0..200).map(|i| "never late ".repeat(i % 7 + 1)).collect();
    let serial: Vec<Encoded> = texts.iter().map(|text| tokenizer.encode(text).unwrap()).collect();
    let parallel: Vec<Encoded> = texts.par_iter().map(|text| tokenizer.encode(text).unwrap()).collect();
    assert_eq!(serial, parallel);
}

#[test]
fn a_tokenizer_of_other_weights_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    testing::write(dir.path(), testing::Shape::default());
    let path = dir.path().join("tokenizer.json");
    let original = std::fs::read_to_string(&path).unwrap();
    for (from, to, part) in [
        (
            "{\"[PAD]\":0",
            "{\"extra\":64,\"more\":65,\"most\":66,\"far\":67,\"farther\":68,\"farthest\":69,\"[PAD]\":0",
            "the weights",
        ),
        ("\"[CLS]\"", "\"[CLX]\"", "knows no token [CLS]"),
        ("BertPreTokenizer", "Whitespace", "BertPreTokenizer"),
        ("{", "[", "not valid"),
    ] {
        std::fs::write(&path, original.replace(from, to)).unwrap();
        testing::seal(dir.path(), 512);
        let error = TextTokenizer::new(&ModelPackage::load(dir.path()).unwrap()).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.hint().unwrap().contains("same package"));
    }
}

proptest! {
    #[test]
    fn any_text_is_encoded_with_spans_in_it(text in "\\PC{0,60}") {
        let tokenizer = tiny();
        let encoded = tokenizer.encode(&text).unwrap();
        prop_assert_eq!(encoded.ids.len(), encoded.spans.len());
        for span in encoded.spans.iter().flatten() {
            prop_assert!(text.get(span.from..span.to).is_some(), "{:?} of {:?}", span, text);
        }
    }
}
