//! The command line: parsed and validated, nothing touched.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analysis::{Trigger, Validity};
use crate::draft::Situation;
use crate::language::{Language, NoLanguage};
use crate::message::{Channel, UnknownName};
use crate::playbook::Issue;

const EXIT_CODES: &str = "\
Exit codes:
    0  done (also when the reader of a pipe went away)
    1  findings: something to settle first, so nothing was copied
    2  the command line is wrong
    3  input is missing or partly unreadable; the rest is done
    4  a playbook, template or model package is invalid
    5  anything else
  130  interrupted

Environment:
  AMENDS_NOW            the time to take for now (RFC 3339)
  AMENDS_COPY_COMMAND   a program that takes text for the clipboard on its standard input
  NO_COLOR              no colour

Nothing leaves this machine, and nothing is sent: amends writes drafts, a person sends them.";

/// Scores customers' complaints on your own machine, decides by your own playbook, and drafts replies for a human to edit.
#[derive(Debug, Parser)]
#[command(name = "amends", version, after_help = EXIT_CODES, max_term_width = 120)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Score exports: a ranked worklist, or a row for every row
    Score(ScoreArgs),
    /// Show what was understood of an export: format, encoding, columns
    Inspect(InspectArgs),
    /// Draft a reply in four blocks for a human to edit
    Draft(DraftArgs),
    /// The company's policy: write a starter, check one
    #[command(subcommand)]
    Playbook(PlaybookVerb),
    /// Reply templates: list, preview, explain, and check every combination
    #[command(subcommand)]
    Templates(TemplatesVerb),
    /// Model packages: what is there, and is it whole
    #[command(subcommand)]
    Models(ModelsVerb),
    /// Fine-tune a model package on labelled corpora (needs a build with the feature rust-bert)
    #[cfg(feature = "rust-bert")]
    Train(TrainArgs),
    /// Print shell completions
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
    /// Own the clipboard until another program takes it; started by `draft --copy`
    #[command(hide = true, name = "clipboard-owner")]
    ClipboardOwner,
}

/// How inputs are read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading")]
pub(super) struct InputArgs {
    /// Which column holds what, as text=Body,id=Nr; beats detection.
    /// Fields: text, id, title, thread, parent, channel, author, role, `created_at`, lang, rating, reply, url, followers, helpful
    #[arg(long, value_name = "FIELD=COLUMN,...")]
    pub columns: Option<String>,
    /// Where the messages were said, for files that do not tell
    #[arg(long, value_parser = parse_channel)]
    pub channel: Option<Channel>,
    /// Encoding of the files (utf-8, utf-16le, windows-1252, ...) when detection is wrong
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Delimiter of the files (one character, or tab) when detection is wrong
    #[arg(long, value_name = "CHAR")]
    pub delimiter: Option<String>,
}

/// Which model and playbook judge.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Judging")]
pub(super) struct JudgeArgs {
    /// Playbook [default: amends.toml in this folder, else the built-in one]
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// Model package [default: the built-in one]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// What runs the encoder
    #[arg(long, value_enum, default_value_t = EngineChoice::Native)]
    pub engine: EngineChoice,
    /// Arithmetic of the encoder [default: int8 for native, f32 for libtorch]
    #[arg(long, value_enum)]
    pub variant: Option<VariantChoice>,
    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Which four-level severity head counts [default: by channel]
    #[arg(long, value_enum, value_name = "FAMILY")]
    pub severity_head: Option<SeverityHead>,
}

/// What runs the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineChoice {
    /// Our own kernels
    Native,
    /// libtorch through rust-bert; needs a build with the feature `rust-bert`
    Libtorch,
}

/// Arithmetic of the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VariantChoice {
    /// 32-bit floats
    F32,
    /// 8-bit integers with a scale for each token and each output
    Int8,
    /// 16-bit floats (libtorch only)
    Bf16,
}

/// Family of the four-level severity head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SeverityHead {
    /// Trained on tweets to brands
    Tweet,
    /// Trained on product reviews
    Review,
    /// Trained on tweets about finance
    Finance,
}

/// `amends score`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct ScoreArgs {
    /// Exports; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to write the rows
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Order of the rows [default: priority for a table, input otherwise]
    #[arg(long, value_enum)]
    pub sort: Option<Sort>,
    /// Only the first N rows, by priority unless --sort says otherwise
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Only the message with this id; may be given several times
    #[arg(long, value_name = "ID")]
    pub id: Vec<String>,
    /// Say why: evidence, parts of each score, rules
    #[arg(long)]
    pub explain: bool,
    /// List the rows that could not be read, and the remarks on those that could
    #[arg(long)]
    pub errors: bool,
    /// Add the probabilities of every head
    #[arg(long, value_enum, value_name = "WHICH")]
    pub heads: Option<Heads>,
    /// Guard cells that a spreadsheet would take for a formula (csv)
    #[arg(long)]
    pub spreadsheet_safe: bool,
    /// No progress, no summary on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Who judges.
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A worklist for the eye
    Table,
    /// Comma-separated values, lists joined with ;
    Csv,
    /// A JSON object a line
    Jsonl,
    /// One JSON array
    Json,
}

/// Order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// As they came
    Input,
    /// Most urgent first
    Priority,
}

/// Which heads to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Heads {
    /// Every head of the package
    All,
}

/// `amends inspect`.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// Exports; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// Text or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextOrJson {
    /// For the eye
    Text,
    /// For programs
    Json,
}

/// `amends draft`.
#[derive(Debug, Args)]
pub(super) struct DraftArgs {
    /// Export that holds the message (with --id), or - for a text on standard input
    #[arg(value_name = "FILE", required_unless_present = "text")]
    pub file: Option<PathBuf>,
    /// The message itself
    #[arg(long, conflicts_with_all = ["file", "id"])]
    pub text: Option<String>,
    /// Which message of the file
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// A person's verdict; it wins over the score
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictChoice>,
    /// What the draft is for [default: the reply that the playbook decides]: interim, `take_offline`, `report_back`, refusal,
    /// `after_call`, `satisfaction_check`, `follow_up_post`, `thank_you`, close, `stop_unsolvable`, `stop_abusive`, `call_sheet`
    #[arg(long, value_name = "NAME", value_parser = parse_situation)]
    pub situation: Option<Situation>,
    /// Where the reply goes, when it is not where the message stands: a letter by email after a public review
    #[arg(long, value_name = "CHANNEL", value_parser = parse_channel)]
    pub on: Option<Channel>,
    /// Language of the draft [default: the playbook's]
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    pub lang: Option<Language>,
    /// What the message is about, where the score does not know or is wrong
    #[arg(long, value_name = "ISSUE", value_parser = parse_issue)]
    pub issue: Option<Issue>,
    /// Who decided to stop; the two stopping letters need it
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// How often we have tried to solve it; the two stopping letters need it
    #[arg(long, value_name = "N")]
    pub attempts: Option<u32>,
    /// An offer that was made; may be given several times
    #[arg(long, value_name = "TEXT")]
    pub offer_made: Vec<String>,
    /// Settle a slot: --set name=Lee; may be given several times
    #[arg(long, value_name = "SLOT=VALUE")]
    pub set: Vec<String>,
    /// Put the reply on the clipboard; refused while a slot is open
    #[arg(long)]
    pub copy: bool,
    /// Copy although a slot is open
    #[arg(long, requires = "copy", requires = "reason")]
    pub force: bool,
    /// Why it is copied all the same
    #[arg(long, requires = "force", value_name = "TEXT")]
    pub reason: Option<String>,
    /// Folder with templates that replace built-in ones, file by file
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// No margin on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Who judges.
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// A person's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VerdictChoice {
    /// They are right
    Valid,
    /// They are not
    Unfounded,
}

/// `amends playbook`.
#[derive(Debug, Subcommand)]
pub(super) enum PlaybookVerb {
    /// Write the starter playbook
    Init {
        /// Where to
        #[arg(default_value = "amends.toml")]
        file: PathBuf,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Check a playbook: errors with line numbers, warnings
    Check {
        /// Which [default: amends.toml in this folder, else the built-in one]
        file: Option<PathBuf>,
        /// How to write it
        #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
        format: TextOrJson,
    },
}

/// `amends templates`.
#[derive(Debug, Subcommand)]
pub(super) enum TemplatesVerb {
    /// Every template, with the number of its phrasings, and which are your own
    List(TemplatesList),
    /// How a situation reads on a channel, with a made-up message
    Preview(TemplatesPreview),
    /// Draft every combination of channel, situation, issue, validity and phrasing, and look at each
    Check(TemplatesCheck),
    /// Where each block's template is looked for, and which file is used
    Explain(TemplatesExplain),
}

/// `amends templates list`.
#[derive(Debug, Args)]
pub(super) struct TemplatesList {
    /// Only this language
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    pub lang: Option<Language>,
    /// Folder with templates that replace built-in ones, file by file
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

/// `amends templates preview`.
#[derive(Debug, Args)]
pub(super) struct TemplatesPreview {
    /// Where the message stands
    #[arg(long, value_parser = parse_channel)]
    pub channel: Channel,
    /// What the draft is for [default: the reply that the playbook decides]
    #[arg(long, value_name = "NAME", value_parser = parse_situation)]
    pub situation: Option<Situation>,
    /// What the message is about [default: delivery]
    #[arg(long, value_name = "ISSUE", value_parser = parse_issue)]
    pub issue: Option<Issue>,
    /// What the score would say [default: unclear]
    #[arg(long, value_name = "VALIDITY", value_parser = parse_validity)]
    pub validity: Option<Validity>,
    /// A person's verdict
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictChoice>,
    /// A rule that beats the scores
    #[arg(long, value_name = "TRIGGER", value_parser = parse_trigger)]
    pub trigger: Option<Trigger>,
    /// How often they have asked without an answer [default: once]
    #[arg(long, value_name = "N")]
    pub contacts: Option<u32>,
    /// Which phrasing of each template, counted from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    pub phrasing: Option<u8>,
    /// In a private message on that channel
    #[arg(long)]
    pub private: bool,
    /// Language [default: the playbook's]
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    pub lang: Option<Language>,
    /// Folder with templates that replace built-in ones, file by file
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// Playbook [default: amends.toml in this folder, else the built-in one]
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
}

/// `amends templates check`.
#[derive(Debug, Args)]
pub(super) struct TemplatesCheck {
    /// Folder with your own templates [default: the built-in ones]
    pub dir: Option<PathBuf>,
    /// The same folder, as the other verbs name it
    #[arg(long, value_name = "DIR", conflicts_with = "dir")]
    pub templates: Option<PathBuf>,
    /// Only this language
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    pub lang: Option<Language>,
    /// Only this channel; may be given several times
    #[arg(long, value_parser = parse_channel)]
    pub channel: Vec<Channel>,
    /// Playbook [default: amends.toml in this folder, else the built-in one]
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

/// `amends templates explain`.
#[derive(Debug, Args)]
pub(super) struct TemplatesExplain {
    /// Where the message stands
    #[arg(long, value_parser = parse_channel)]
    pub channel: Channel,
    /// What the draft is for [default: reply]
    #[arg(long, value_name = "NAME", value_parser = parse_situation)]
    pub situation: Option<Situation>,
    /// Only this block
    #[arg(long, value_enum)]
    pub block: Option<BlockChoice>,
    /// In a private message on that channel
    #[arg(long)]
    pub private: bool,
    /// Language [default: en]
    #[arg(long, value_name = "CODE", value_parser = parse_language)]
    pub lang: Option<Language>,
    /// Folder with templates that replace built-in ones, file by file
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
}

/// A block of the reply, or what stands around the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BlockChoice {
    /// Names the issue and how they are
    Acknowledge,
    /// Empathy or responsibility
    Apologize,
    /// What may be chosen from
    Options,
    /// Who keeps it and what comes next
    Closing,
    /// The first line
    Greeting,
    /// The last lines
    Signature,
    /// What puts them together
    Layout,
}

impl BlockChoice {
    /// Returns the name as drafts have it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Apologize => "apologize",
            Self::Options => "options",
            Self::Closing => "closing",
            Self::Greeting => "greeting",
            Self::Signature => "signature",
            Self::Layout => "layout",
        }
    }
}

/// `amends models`.
#[derive(Debug, Subcommand)]
pub(super) enum ModelsVerb {
    /// The built-in package: release, digest, heads
    List,
    /// Check every digest of a package
    Verify {
        /// Folder [default: the built-in one]
        dir: Option<PathBuf>,
    },
}

/// `amends train`.
#[cfg(feature = "rust-bert")]
#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// Folder with the labelled corpora
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Folder with the base encoder (config.json, tokenizer.json, model.safetensors)
    #[arg(long, value_name = "DIR")]
    pub base: PathBuf,
    /// Where the model package goes
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Where checkpoints and figures of the run go
    #[arg(long, value_name = "DIR", default_value = "runs/latest")]
    pub runs: PathBuf,
    /// Go on from the last checkpoint
    #[arg(long)]
    pub resume: bool,
}

fn parse_situation(text: &str) -> Result<Situation, String> {
    text.replace('-', "_").parse().map_err(|error: UnknownName| error.to_string())
}

fn parse_issue(text: &str) -> Result<Issue, String> {
    text.replace('-', "_").parse().map_err(|error: UnknownName| error.to_string())
}

fn parse_validity(text: &str) -> Result<Validity, String> {
    text.replace('-', "_").parse().map_err(|error: UnknownName| error.to_string())
}

fn parse_trigger(text: &str) -> Result<Trigger, String> {
    text.replace('-', "_").parse().map_err(|error: UnknownName| error.to_string())
}

fn parse_language(text: &str) -> Result<Language, String> {
    text.parse().map_err(|error: NoLanguage| error.to_string())
}

fn parse_channel(text: &str) -> Result<Channel, String> {
    Channel::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn force_needs_a_reason() {
        let error = Cli::try_parse_from(["amends", "draft", "--text", "x", "--copy", "--force"]).unwrap_err();
        assert!(error.to_string().contains("--reason"), "{error}");
    }
}
