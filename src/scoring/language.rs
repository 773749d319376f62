//! Which language a message is in, where that is certain.
//!
//! Raw guesses call every seventh English tweet foreign, so a message counts as not English only when all of this holds: enough letters are left
//! once links, @names, #tags and addresses are gone; the detector calls its answer reliable (or hesitates only between languages that are not
//! English), with and without the words that look like names; and the text is not full of English function words. What is doubtful is scored. The language that an export declares is not asked: it is
//! often that of the account.

use whatlang::{Lang, Script};

/// Letters that a text in Latin script must have; other scripts say more with fewer.
const MIN_LETTERS_LATIN: usize = 28;
const MIN_LETTERS_OTHER: usize = 8;
/// Share of English function words from which a text is English whatever the detector says.
const ENGLISH_SHARE: f32 = 0.2;
/// Share and number of English function words that make English certain without asking the detector.
const CERTAIN_SHARE: f32 = 0.2;
const CERTAIN_WORDS: usize = 2;
/// Characters that are looked at: more do not change the answer.
const MAX_CHARS: usize = 1_500;

/// Words that are frequent in English and rare in other languages.
const FUNCTION_WORDS: &[&str] = &[
    "a", "about", "after", "again", "always", "an", "and", "any", "are", "as", "at", "back", "be", "because", "been",
    "but", "by", "can", "can't", "could", "customer", "day", "did", "didn't", "do", "does", "don't", "for", "from",
    "get", "good", "got", "had", "has", "have", "he", "help", "her", "here", "his", "how", "i", "i'm", "i've", "if",
    "in", "into", "is", "isn't", "it", "it's", "its", "just", "like", "make", "me", "more", "my", "need", "never",
    "new", "no", "not", "now", "of", "off", "on", "only", "or", "order", "our", "out", "over", "please", "really",
    "service", "she", "should", "so", "still", "than", "thanks", "that", "the", "their", "them", "then", "there",
    "they", "this", "time", "to", "today", "up", "us", "use", "using", "very", "want", "was", "wasn't", "we", "were",
    "what", "when", "where", "which", "who", "why", "will", "with", "won't", "would", "you", "your",
];

/// Function words of the list that other languages share; they do not count alone.
const SHARED: &[&str] = &[
    "a", "an", "as", "at", "back", "be", "by", "can", "customer", "day", "do", "for", "good", "had", "has", "he",
    "help", "her", "i", "if", "in", "is", "it", "like", "me", "my", "new", "no", "of", "off", "on", "or", "order",
    "over", "please", "service", "she", "so", "then", "time", "to", "up", "us", "was", "we", "will",
];

/// What is known of the language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// ISO 639-1 code where there is one, else ISO 639-3; `None` when detection was not reliable.
    pub code: Option<&'static str>,
    /// Whether the text is reliably not English.
    pub is_foreign: bool,
}

/// Detects the language of a text.
pub fn detect(text: &str) -> Language {
    const UNKNOWN: Language = Language { code: None, is_foreign: false };
    let words: Vec<&str> = text
        .char_indices()
        .nth(MAX_CHARS)
        .map_or(text, |(end, _)| &text[..end])
        .split_whitespace()
        .filter(|word| !is_noise(word))
        .collect();
    let plain = words.join(" ");
    let letters = plain.chars().filter(|c| c.is_alphabetic()).count();
    if letters < MIN_LETTERS_OTHER {
        return UNKNOWN;
    }
    let english = english(&words);
    if english.certain && letters >= MIN_LETTERS_LATIN {
        return Language { code: Some("en"), is_foreign: false };
    }
    let Some(info) = whatlang::detect(&plain) else {
        return UNKNOWN;
    };
    let enough = if info.script() == Script::Latin { MIN_LETTERS_LATIN } else { MIN_LETTERS_OTHER };
    if letters < enough || !(info.is_reliable() || is_surely_not_english(&plain, info.lang(), &english)) {
        return UNKNOWN;
    }
    if info.lang() == Lang::Eng {
        return Language { code: Some("en"), is_foreign: false };
    }
    if english.share >= ENGLISH_SHARE || !holds_without_names(&words, info.lang()) {
        return UNKNOWN;
    }
    let named = info.is_reliable() || info.confidence() >= NAMED_FROM;
    Language { code: named.then(|| code(info.lang())), is_foreign: true }
}

/// Words that a text must have to be called foreign although the detector hesitates between two languages that are alike.
const MIN_WORDS: usize = 6;
/// Confidence from which such a guess is named; below, the text is foreign but its language is not known.
const NAMED_FROM: f64 = 0.6;

/// Whether a detector that only hesitates between neighbours (Spanish and Portuguese) is sure once it has to choose between its guess and English, and
/// the text holds hardly a word of the English list, and none that other languages do not share.
fn is_surely_not_english(plain: &str, guess: Lang, english: &English) -> bool {
    english.own == 0
        && english.known * 8 <= english.words
        && english.words >= MIN_WORDS
        && whatlang::Detector::with_allowlist(vec![Lang::Eng, guess])
            .detect(plain)
            .is_some_and(|info| info.lang() == guess && info.is_reliable())
}

struct English {
    words: usize,
    known: usize,
    own: usize,
    share: f32,
    certain: bool,
}

fn english(words: &[&str]) -> English {
    let (mut known, mut own) = (0_usize, 0_usize);
    for word in words {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).replace('’', "'").to_lowercase();
        if FUNCTION_WORDS.contains(&word.as_str()) {
            known += 1;
            own += usize::from(!SHARED.contains(&word.as_str()));
        }
    }
    let share = if own == 0 || words.is_empty() { 0.0 } else { known as f32 / words.len() as f32 };
    English { words: words.len(), known, own, share, certain: share >= CERTAIN_SHARE && own >= CERTAIN_WORDS }
}

/// Links, @names, #tags, addresses, and what holds no letter.
fn is_noise(word: &str) -> bool {
    let lower = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '@' && c != '#').to_lowercase();
    lower.starts_with(['@', '#'])
        || lower.starts_with("http://")
        || lower.starts_with("https://")
        || lower.starts_with("www.")
        || lower.contains('@')
        || !word.chars().any(char::is_alphabetic)
}

/// Whether the detector says the same of the words that do not look like names (a capital letter inside a sentence). A text in capitals, or of names alone,
/// tells nothing.
fn holds_without_names(words: &[&str], lang: Lang) -> bool {
    let mut start = true;
    let mut kept = String::new();
    for word in words {
        let capital = word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
        if start || !capital {
            kept.push_str(word);
            kept.push(' ');
        }
        start = word.ends_with(['.', '!', '?', ':']);
    }
    whatlang::detect(&kept).is_some_and(|info| info.lang() == lang)
}

/// ISO 639-1 code of a language, or its ISO 639-3 code where there is none.
fn code(lang: Lang) -> &'static str {
    const TWO_LETTERS: &[(&str, &str)] = &[
        ("afr", "af"),
        ("aka", "ak"),
        ("amh", "am"),
        ("ara", "ar"),
        ("aze", "az"),
        ("bel", "be"),
        ("ben", "bn"),
        ("bul", "bg"),
        ("cat", "ca"),
        ("ces", "cs"),
        ("cmn", "zh"),
        ("cym", "cy"),
        ("dan", "da"),
        ("deu", "de"),
        ("ell", "el"),
        ("eng", "en"),
        ("epo", "eo"),
        ("est", "et"),
        ("fin", "fi"),
        ("fra", "fr"),
        ("guj", "gu"),
        ("heb", "he"),
        ("hin", "hi"),
        ("hrv", "hr"),
        ("hun", "hu"),
        ("hye", "hy"),
        ("ind", "id"),
        ("ita", "it"),
        ("jav", "jv"),
        ("jpn", "ja"),
        ("kan", "kn"),
        ("kat", "ka"),
        ("khm", "km"),
        ("kor", "ko"),
        ("lat", "la"),
        ("lav", "lv"),
        ("lit", "lt"),
        ("mal", "ml"),
        ("mar", "mr"),
        ("mkd", "mk"),
        ("mya", "my"),
        ("nep", "ne"),
        ("nld", "nl"),
        ("nob", "nb"),
        ("ori", "or"),
        ("pan", "pa"),
        ("pes", "fa"),
        ("pol", "pl"),
        ("por", "pt"),
        ("ron", "ro"),
        ("rus", "ru"),
        ("sin", "si"),
        ("slk", "sk"),
        ("slv", "sl"),
        ("sna", "sn"),
        ("spa", "es"),
        ("srp", "sr"),
        ("swe", "sv"),
        ("tam", "ta"),
        ("tel", "te"),
        ("tgl", "tl"),
        ("tha", "th"),
        ("tuk", "tk"),
        ("tur", "tr"),
        ("ukr", "uk"),
        ("urd", "ur"),
        ("uzb", "uz"),
        ("vie", "vi"),
        ("yid", "yi"),
        ("zul", "zu"),
    ];
    let three = lang.code();
    TWO_LETTERS.iter().find(|(known, _)| *known == three).map_or(three, |(_, two)| two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_are_recognised() {
        for (text, expected) in [
            ("Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet auf meine E-Mails.", "de"),
            ("Llevo tres semanas esperando mi pedido y nadie responde a mis correos, es una vergüenza.", "es"),
            ("J'attends ma commande depuis trois semaines et personne ne répond à mes messages.", "fr"),
            ("O produto chegou quebrado e ninguém responde aos meus e-mails, quero meu dinheiro de volta.", "pt"),
            ("注文した商品がまだ届きません。返金してください。", "ja"),
            ("주문한 상품이 아직도 도착하지 않았어요. 환불해 주세요.", "ko"),
        ] {
            assert_eq!(detect(text), Language { code: Some(expected), is_foreign: true }, "{text}");
        }
    }

    #[test]
    fn a_text_is_foreign_although_its_language_is_not_certain() {
        let text = "Я жду свой заказ уже три недели, и никто не отвечает на мои письма";
        assert_eq!(detect(text), Language { code: None, is_foreign: true });
    }

    #[test]
    fn english_is_never_called_foreign() {
        for text in [
            "I have been waiting for three weeks and nobody answers my emails.",
            "@Tesco @sainsburys #fail #rubbish http://t.co/abc awful",
            "No no no no no!",
            "Arsenal Barcelona Juventus Valencia Bayern Munich Real Madrid tonight",
            "lol omg wtf smh",
            "WHERE IS MY ORDER",
            "pls fix app asap thx",
            "Ordered a Doppio Macchiato at Café Bellini, Via Roma: cold.",
            "",
            "👍👍👍",
        ] {
            assert!(!detect(text).is_foreign, "{text}: {:?}", detect(text));
        }
    }

    #[test]
    fn what_is_not_certain_has_no_code() {
        assert_eq!(detect("ok super danke").code, None);
        assert_eq!(detect("Refund?").code, None);
        assert_eq!(detect("I have been waiting for three weeks and nobody answers my emails.").code, Some("en"));
    }

    #[test]
    fn the_table_of_codes_is_sorted_and_covers_the_detector() {
        for lang in Lang::all() {
            let code = code(*lang);
            assert!(code.len() == 2 || code == lang.code(), "{code}");
        }
        assert!(Lang::all().iter().filter(|lang| code(**lang).len() == 3).count() == 0);
    }
}
