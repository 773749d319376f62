//! The command line: parsed and validated, nothing touched.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analysis::{Trigger, Validity};
use crate::draft::{Situation, Verdict};
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
  AMENDS_ONNX_LIBRARY   the library of ONNX Runtime, for the onnx engine
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
    /// The gate on the edited text: what must not be sent like this, and why
    Check(CheckArgs),
    /// Measure the scores on rows that people labelled, beside baselines
    Eval(Box<EvalArgs>),
    /// Time the engines of this build side by side on this machine
    Bench(Box<BenchArgs>),
    /// Fit heads of the model anew on your own labelled rows, if that makes them better
    Learn(Box<LearnArgs>),
    /// Distil the static model behind `score --fast` from your own texts, which need no labels
    Distil(Box<DistilArgs>),
    /// The company's policy: write a starter, check one, explain a decision, print the staff guide
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
    /// One engine, measured over standard input; started by `bench`
    #[command(hide = true, name = "bench-worker")]
    BenchWorker(Box<BenchWorkerArgs>),
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

/// What an engine needs to know beyond its name.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Judging")]
pub(super) struct RuntimeArgs {
    /// Instruction set of the native engine [default: the fastest of this machine; the results are the same]
    #[arg(long, value_name = "NAME")]
    pub isa: Option<String>,
    /// Library of ONNX Runtime [default: the one that `AMENDS_ONNX_LIBRARY` names]
    #[arg(long, value_name = "FILE")]
    pub onnx_library: Option<PathBuf>,
    /// Graph that the onnx engine runs [default: our own export of the model package]
    #[arg(long, value_name = "FILE")]
    pub onnx_graph: Option<PathBuf>,
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
    /// Arithmetic of the encoder [default: int8 for native and onnx, f32 for libtorch]
    #[arg(long, value_enum)]
    pub variant: Option<VariantChoice>,
    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// How an engine runs.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
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
    /// ONNX Runtime; needs a build with the feature `onnx`, and its library
    Onnx,
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
    /// Let a small static model answer the messages on which it agrees with the encoder; `answered_by` says which one did
    #[arg(long, conflicts_with = "explain")]
    pub fast: bool,
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

/// `amends eval`.
#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// Labelled exports; - is standard input
    #[arg(value_name = "FILE", required_unless_present = "suite")]
    pub files: Vec<PathBuf>,
    /// Which column holds the true labels of which head, as complaint=Label,sentiment=Tone.
    /// Heads: sentiment, complaint, reproach (or reproach:tweet, reproach:review, reproach:finance), emotion, issue, remedy and every head of the package; the
    /// scores severity, harm, validity and substantiation against yes and no
    #[arg(long, value_name = "HEAD=COLUMN,...", required_unless_present = "suite", requires = "files")]
    pub labels: Vec<String>,
    /// What a cell of a label column means, as "Tone:angry=negative"; - leaves such rows out
    #[arg(long, value_name = "COLUMN:VALUE=LABEL")]
    pub map: Vec<String>,
    /// Compare only these labels of a head
    #[arg(long, value_name = "HEAD=LABEL,...")]
    pub among: Vec<String>,
    /// Only rows where a column has, or with != has not, a value; a final * stands for anything
    #[arg(long = "where", value_name = "COLUMN=VALUE")]
    pub only: Vec<String>,
    /// Figures again for each value of these columns
    #[arg(long, value_name = "COLUMN,...")]
    pub slice: Vec<String>,
    /// What else is measured on the same rows
    #[arg(long, value_enum, value_name = "NAME,...", value_delimiter = ',')]
    pub baselines: Vec<BaselineChoice>,
    /// Labelled rows that majority and tfidf learn from [default: tfidf is cross-validated on FILE itself]
    #[arg(long, value_name = "FILE")]
    pub train: Vec<PathBuf>,
    /// Column whose values are left out one at a time when tfidf is cross-validated
    #[arg(long, value_name = "COLUMN", conflicts_with = "train")]
    pub group: Option<String>,
    /// A suite to run: a TOML file with `case` tables (sentiment), `probe` (wordings that should score alike) or `sentence` (evidence); may be given
    /// several times
    #[arg(long, value_name = "FILE")]
    pub suite: Vec<PathBuf>,
    /// Check on the first N complaints [default: 100] whether the evidence that is shown carries the scores
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "100", requires = "files")]
    pub faithfulness: Option<usize>,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Write the report (eval.json, eval.html and the plots as svg) into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Nothing on standard error but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Model packages to compare: folders, or built-in [default: the built-in one]
    #[arg(long, value_name = "DIR", help_heading = "Judging")]
    pub model: Vec<PathBuf>,
    /// Playbook whose promises count [default: amends.toml in this folder, else the built-in one]
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    pub playbook: Option<PathBuf>,
    /// What runs the encoder
    #[arg(long, value_enum, default_value_t = EngineChoice::Native, help_heading = "Judging")]
    pub engine: EngineChoice,
    /// Arithmetic of the encoder [default: int8 for native and onnx, f32 for libtorch]
    #[arg(long, value_enum, help_heading = "Judging")]
    pub variant: Option<VariantChoice>,
    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Judging")]
    pub threads: Option<u16>,
    /// How an engine runs.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// Which four-level severity head counts as reproach [default: by channel]
    #[arg(long, value_enum, value_name = "FAMILY", help_heading = "Judging")]
    pub severity_head: Option<SeverityHead>,
}

/// `amends bench`.
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// Exports whose messages are embedded [default: a built-in sample]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Engines, alone or with a variant, as native,onnx:int8 [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub engines: Vec<String>,
    /// Worker threads; a row for each [default: 1 and one for each core]
    #[arg(long, value_name = "N,...", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Vec<u16>,
    /// Messages in a batch; a row for each
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "8", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub batch: Vec<u16>,
    /// Runs of every row that count, after one that does not
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub repetitions: u16,
    /// Most messages to take
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    pub messages: u32,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = BenchFormat::Table)]
    pub format: BenchFormat,
    /// Which column holds the true labels of which head, as complaint=Label: accuracy is added
    #[arg(long, value_name = "HEAD=COLUMN,...")]
    pub labels: Vec<String>,
    /// Draw messages per second into this file (.svg, or .html for a page)
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Model package [default: the built-in one]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// How an engine runs.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
}

/// How `bench` writes its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BenchFormat {
    /// For the eye
    Table,
    /// Comma-separated values
    Csv,
    /// For programs
    Json,
}

/// The measuring process of `amends bench`.
#[derive(Debug, Args)]
pub(super) struct BenchWorkerArgs {
    #[arg(long, value_enum)]
    pub engine: EngineChoice,
    #[arg(long, value_enum)]
    pub variant: Option<VariantChoice>,
    #[arg(long)]
    pub threads: u16,
    #[arg(long)]
    pub batch: u16,
    #[arg(long)]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub runtime: RuntimeArgs,
}

/// What a model is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BaselineChoice {
    /// The most frequent label
    Majority,
    /// The sentiment lexicon VADER
    Vader,
    /// Words and letter sequences with logistic regression
    Tfidf,
    /// The star rating
    Stars,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// For the eye
    Text,
    /// For programs
    Json,
    /// A page for a browser
    Html,
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

/// The one message that a verb is about.
#[derive(Debug, Args)]
pub(super) struct MessageArgs {
    /// Export that holds the message (with --id), or - for a text on standard input
    #[arg(value_name = "FILE", required_unless_present = "text")]
    pub file: Option<PathBuf>,
    /// The message itself
    #[arg(long, conflicts_with_all = ["file", "id"])]
    pub text: Option<String>,
    /// Which message of the file
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
}

/// `amends draft`.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, Args)]
pub(super) struct DraftArgs {
    /// Which message.
    #[command(flatten)]
    pub message: MessageArgs,
    /// A person's verdict; it wins over the score
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictChoice>,
    /// What the draft is for [default: the reply that the playbook decides]: interim, `take_offline`, `report_back`, refusal,
    /// `after_call`, `satisfaction_check`, `follow_up_post`, `thank_you`, close, invite, `stop_unsolvable`, `stop_abusive`,
    /// `call_sheet`
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
    /// They have said that it is settled for them; the invitation to tell others needs it
    #[arg(long)]
    pub satisfied: bool,
    /// Settle a slot: --set name=Lee; may be given several times
    #[arg(long, value_name = "SLOT=VALUE")]
    pub set: Vec<String>,
    /// Put the reply on the clipboard; refused while a slot is open
    #[arg(long)]
    pub copy: bool,
    /// Who read the reply before it is copied, where the playbook wants a second reader for a heated public case
    #[arg(long, requires = "copy", value_name = "NAME")]
    pub second_reader: Option<String>,
    /// The reply has rested for as long as the playbook wants for a heated public case
    #[arg(long, requires = "copy")]
    pub after_pause: bool,
    /// Copy although a slot is open, or a heated case was not read twice
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

impl VerdictChoice {
    /// Returns the verdict that was chosen.
    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::Valid => Verdict::Valid,
            Self::Unfounded => Verdict::Unfounded,
        }
    }
}

/// `amends check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The text that is about to be pasted; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where it goes
    #[arg(long, value_parser = parse_channel)]
    pub channel: Channel,
    /// It goes there as a private message
    #[arg(long)]
    pub private: bool,
    /// What the score says about the complaint (`likely_valid`, `unclear`, `likely_unfounded`) [default: unclear]
    #[arg(long, value_parser = parse_validity)]
    pub validity: Option<Validity>,
    /// A person's verdict; only valid lets a fault apology through
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictChoice>,
    /// Which reply of ours in the thread it is
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub turn: u32,
    /// Name under the complaint, to keep it out of public; ours: the text answers nobody
    #[arg(long, value_name = "ours|NAME")]
    pub author: Option<String>,
    /// The complaint, to see whether the reply names it
    #[arg(long, value_name = "FILE")]
    pub message: Option<PathBuf>,
    /// A reply that was sent lately; may be given several times
    #[arg(long, value_name = "FILE")]
    pub recent: Vec<PathBuf>,
    /// Language of the text [default: the playbook's]; most rules read English only, and say when they are skipped
    #[arg(long, value_name = "CODE")]
    pub lang: Option<String>,
    /// Playbook [default: amends.toml in this folder, else the built-in one]
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// Put the text on the clipboard when there is no error
    #[arg(long)]
    pub copy: bool,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For the eye
    Text,
    /// For programs
    Json,
    /// For editors (SARIF 2.1.0)
    Sarif,
}

/// `amends learn`.
#[derive(Debug, Args)]
pub(super) struct LearnArgs {
    /// Labelled exports; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Which column holds the true labels of which head, as complaint=Label,issue=Topic.
    /// Heads: those of the package that are not sums of a classifier's outputs (`amends models list`)
    #[arg(long, value_name = "HEAD=COLUMN,...", required = true)]
    pub labels: Vec<String>,
    /// What a cell of a label column means, as "Topic:late parcel=delivery"; - leaves such rows out
    #[arg(long, value_name = "COLUMN:VALUE=LABEL")]
    pub map: Vec<String>,
    /// Where the new model package goes; a folder that is not there yet
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Parts of the cross-validation, 2 to 10
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=10))]
    pub folds: u8,
    /// Take new heads although no gain is certain
    #[arg(long, requires = "reason")]
    pub force: bool,
    /// Why; it goes into the model card
    #[arg(long, requires = "force", value_name = "TEXT")]
    pub reason: Option<String>,
    /// How to write what came of it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// Nothing on standard error but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Model package to start from [default: the built-in one]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// `amends distil`.
#[derive(Debug, Args)]
pub(super) struct DistilArgs {
    /// Exports; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where the new model package goes; a folder that is not there yet
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Most messages to take of each file [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub messages: Option<u32>,
    /// Values of a token's vector
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=512))]
    pub width: u16,
    /// Release of the new package [default: that of the old one, and +distilled]
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// Times that every text is learned from
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    pub epochs: u8,
    /// How to write what came of it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// Nothing on standard error but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Model package to start from [default: the built-in one]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// `amends playbook`.
#[derive(Debug, Subcommand)]
pub(super) enum PlaybookVerb {
    /// Write a starter playbook that works at once
    Init {
        /// Where to
        #[arg(default_value = "amends.toml")]
        file: PathBuf,
        /// For which kind of company
        #[arg(long, value_enum, default_value_t = StarterKind::Shop)]
        kind: StarterKind,
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
    /// Show one message's path through the rules: which were tried, what each condition found, which decided what
    Explain(Box<ExplainArgs>),
    /// Print the staff guide: a page that a newcomer reads on the first day
    Print {
        /// Which [default: amends.toml in this folder, else the built-in one]
        file: Option<PathBuf>,
        /// How to write it
        #[arg(long, value_enum, default_value_t = GuideFormat::Markdown)]
        format: GuideFormat,
    },
}

/// Kind of a starter playbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StarterKind {
    /// A small mail-order shop
    Shop,
    /// A service with many customers: an airline
    Service,
    /// A regulated firm: a bank, with an ombudsman
    Regulated,
}

/// Format of the staff guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GuideFormat {
    /// Markdown
    Markdown,
    /// One HTML file that needs no other
    Html,
}

/// `amends playbook explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Which message.
    #[command(flatten)]
    pub message: MessageArgs,
    /// A person's verdict; it wins over the score
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictChoice>,
    /// What is on record of the case (JSON): owner, attempts, offers, conversation, resolved, satisfaction, unreasonable
    #[arg(long, value_name = "FILE")]
    pub recorded: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub format: TextOrJson,
    /// How inputs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Who judges.
    #[command(flatten)]
    pub judge: JudgeArgs,
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
    /// What a package holds: release, digest, heads
    List {
        /// Folder [default: the built-in one]
        dir: Option<PathBuf>,
    },
    /// Check a package completely: every file's sha256, shapes, labels, tokenizer
    Verify {
        /// Folder [default: the built-in one]
        dir: Option<PathBuf>,
    },
    /// Write the encoder of a package as an ONNX file (needs a build with the feature onnx)
    #[cfg(feature = "onnx")]
    Onnx {
        /// Folder [default: the built-in one]
        dir: Option<PathBuf>,
        /// Where the file goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Arithmetic of the products with weights: f32 or int8
        #[arg(long, value_enum, default_value_t = VariantChoice::Int8)]
        variant: VariantChoice,
    },
    /// Make a package of a local Hugging Face BERT sequence classifier
    Import {
        /// Folder of the checkpoint: config.json, model.safetensors, tokenizer.json or vocab.txt
        dir: PathBuf,
        /// Where the package goes; a folder that is not there yet
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Which of its labels mean what (TOML; docs/model-package.md shows one)
        #[arg(long, value_name = "FILE")]
        map: PathBuf,
    },
    /// Write what evaluations found into a package's model card
    Card {
        /// Folder of the package
        dir: PathBuf,
        /// What `amends eval --format json` wrote; may be given several times
        #[arg(long, value_name = "FILE", required = true)]
        add: Vec<PathBuf>,
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
    /// Go on from the checkpoints of an earlier run
    #[arg(long)]
    pub resume: bool,
    /// Do one part only: a stage before the last, fold-N, domain-NAME; the whole run with --resume then finds it done
    #[arg(long, value_name = "PART")]
    pub part: Option<String>,
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
