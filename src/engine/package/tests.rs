use std::path::Path;

use tempfile::TempDir;

use super::testing::{self, Shape};
use super::*;

fn package() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    testing::write(dir.path(), Shape::default());
    dir
}

fn edit(dir: &Path, file: &str, from: &str, to: &str) {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

/// Loads a package after an edit that the manifest was told of.
fn load_edited(file: &str, from: &str, to: &str) -> PackageError {
    let dir = package();
    edit(dir.path(), file, from, to);
    testing::seal(dir.path(), 512);
    ModelPackage::load(dir.path()).unwrap_err()
}

#[test]
fn the_embedded_package_is_whole_and_equal_to_its_folder() {
    let embedded = ModelPackage::embedded().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/complaint-minilm");
    let loaded = ModelPackage::load(&folder).unwrap();
    assert_eq!(embedded.digest(), loaded.digest());
    assert_eq!(embedded.heads(), loaded.heads());
    assert_eq!(embedded.model_ref().name, "complaint-minilm");
    assert_eq!(embedded.model_ref().digest.len(), 12);
    assert!(embedded.heads().get("sentiment").is_some());
    let name = "encoder.layer.0.intermediate.dense.weight";
    assert_eq!(embedded.f32(name).unwrap(), loaded.f32(name).unwrap());
}

#[test]
fn a_package_that_shares_reads_with_the_tables_of_the_embedded_one_and_with_no_other() {
    let embedded = ModelPackage::embedded_sentences().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sentence-minilm");
    assert_eq!(embedded.digest(), ModelPackage::load(&folder).unwrap().digest());
    let base = ModelPackage::embedded().unwrap();
    let (words, layer) = ("embeddings.word_embeddings.weight", "encoder.layer.5.output.dense.weight");
    assert_eq!(embedded.f32(words).unwrap(), base.f32(words).unwrap());
    assert_ne!(embedded.f32(layer).unwrap(), base.f32(layer).unwrap());
    assert_eq!(embedded.tokenizer_json(), base.tokenizer_json());

    let dir = tempfile::tempdir().unwrap();
    for file in [MANIFEST, CONFIG, HEADS, WEIGHTS, CARD] {
        fs::copy(folder.join(file), dir.path().join(file)).unwrap();
    }
    ModelPackage::load(dir.path()).unwrap();
    let other = "0".repeat(64);
    edit(dir.path(), MANIFEST, base.weights_digest(), &other);
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert!(matches!(&error, PackageError::Shares { expected, .. } if *expected == other), "{error:?}");
    assert!(error.hint().unwrap().contains("release of amends"));
    // What is written from it is whole.
    let whole = dir.path().join("whole");
    let written = embedded.write_with(embedded.heads(), "2", "card", &whole).unwrap();
    assert_eq!(written.manifest().shares, None);
    assert_eq!(written.f32(words).unwrap(), base.f32(words).unwrap());
}

#[test]
fn a_missing_file_is_named() {
    for file in [MANIFEST, CONFIG, HEADS, TOKENIZER, WEIGHTS] {
        let dir = package();
        fs::remove_file(dir.path().join(file)).unwrap();
        let error = ModelPackage::load(dir.path()).unwrap_err();
        assert!(matches!(error, PackageError::Missing { .. }), "{error:?}");
        assert!(error.to_string().contains(file), "{error}");
        assert!(error.hint().unwrap().contains("copy it whole"));
    }
}

#[test]
fn an_unreadable_file_is_named() {
    let dir = package();
    fs::remove_file(dir.path().join(CONFIG)).unwrap();
    fs::create_dir(dir.path().join(CONFIG)).unwrap();
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert!(matches!(error, PackageError::Read { .. }), "{error:?}");
    assert!(error.to_string().contains(CONFIG), "{error}");
}

#[test]
fn truncated_weights_say_how_much_is_missing() {
    let dir = package();
    let path = dir.path().join(WEIGHTS);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let error = ModelPackage::load(dir.path()).unwrap_err();
    let PackageError::Truncated { expected, found, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!((expected, found), (bytes.len(), bytes.len() - 100));
    // Cut within the header, the file cannot say how long it should be.
    fs::write(&path, &bytes[..20]).unwrap();
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert!(matches!(error, PackageError::Digest { .. }), "{error:?}");
}

#[test]
fn a_changed_file_has_a_wrong_digest() {
    for file in [CONFIG, HEADS, TOKENIZER, WEIGHTS] {
        let dir = package();
        let path = dir.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = ModelPackage::load(dir.path()).unwrap_err();
        assert!(matches!(error, PackageError::Digest { .. }), "{error:?}");
        assert!(error.to_string().starts_with(file), "{error}");
        assert!(error.hint().unwrap().contains("models verify"));
    }
}

#[test]
fn a_file_that_only_people_read_is_checked_when_it_is_listed() {
    let dir = package();
    let path = dir.path().join(MANIFEST);
    let mut manifest = fs::read_to_string(&path).unwrap();
    manifest.push_str("\"MODEL_CARD.md\" = \"00\"\n");
    fs::write(&path, manifest).unwrap();
    fs::write(dir.path().join("MODEL_CARD.md"), "# Card").unwrap();
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert!(error.to_string().starts_with("MODEL_CARD.md"), "{error}");
}

#[test]
fn a_manifest_must_be_of_this_version_and_complete() {
    let changed = |from: &str, to: &str| {
        let dir = package();
        edit(dir.path(), MANIFEST, from, to);
        ModelPackage::load(dir.path()).unwrap_err()
    };
    let newer = changed("version = 1", "version = 2");
    assert!(matches!(newer, PackageError::Version { found: 2 }), "{newer:?}");
    assert!(newer.hint().unwrap().contains("update amends"));
    let older = changed("version = 1", "version = 0");
    assert!(!older.hint().unwrap().contains("update amends"));
    let unknown = changed("base = ", "bass = ");
    assert!(matches!(unknown, PackageError::Syntax { file: MANIFEST, .. }), "{unknown:?}");
    let unlisted = changed("\"heads.toml\"", "\"head.toml\"");
    assert!(unlisted.to_string().contains("head"), "{unlisted}");
}

#[test]
fn an_unlisted_file_is_refused() {
    let dir = package();
    let path = dir.path().join(MANIFEST);
    let manifest = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = manifest.lines().filter(|line| !line.starts_with("\"tokenizer")).collect();
    fs::write(&path, kept.join("\n")).unwrap();
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert!(matches!(&error, PackageError::NotListed { file } if file == TOKENIZER), "{error:?}");
}

#[test]
fn encoders_that_the_engines_do_not_implement_are_refused() {
    for (from, to, field) in [
        ("\"gelu\"", "\"relu\"", "hidden_act"),
        ("\"bert\"", "\"roberta\"", "model_type"),
        ("\"num_attention_heads\":4", "\"num_attention_heads\":5", "hidden_size"),
        ("\"num_hidden_layers\":2", "\"num_hidden_layers\":0", "num_hidden_layers"),
        ("1e-12", "2.0", "layer_norm_eps"),
    ] {
        let error = load_edited(CONFIG, from, to);
        assert!(matches!(&error, PackageError::Config { field: found, .. } if *found == field), "{error:?}");
        assert!(error.to_string().contains(field), "{error}");
    }
    let error = load_edited(CONFIG, "\"hidden_act\":\"gelu\",", "");
    assert!(error.to_string().contains("hidden_act"), "{error}");
}

#[test]
fn more_tokens_than_positions_are_refused() {
    let dir = package();
    testing::seal(dir.path(), 513);
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "max_tokens of the model package is 513; the encoder takes 3 to 512");
}

#[test]
fn tensors_must_be_there_and_fit() {
    let missing = load_edited(CONFIG, "\"num_hidden_layers\":2", "\"num_hidden_layers\":3");
    assert!(missing.to_string().contains("encoder.layer.2"), "{missing}");
    let shape = load_edited(CONFIG, "\"intermediate_size\":64", "\"intermediate_size\":65");
    assert!(shape.to_string().contains("has shape [64, 32], expected [65, 32]"), "{shape}");
}

#[test]
fn an_integer_matrix_needs_its_scales() {
    let dir = package();
    let path = dir.path().join(WEIGHTS);
    let bytes = fs::read(&path).unwrap();
    let name = b"encoder.layer.1.output.dense.weight.scale";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    let mut renamed = bytes.clone();
    renamed[at + name.len() - 1] = b'X';
    fs::write(&path, renamed).unwrap();
    testing::seal(dir.path(), 512);
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert!(error.to_string().contains("there is no encoder.layer.1.output.dense.weight.scale"), "{error}");
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let dir = package();
    let path = dir.path().join(WEIGHTS);
    let mut bytes = fs::read(&path).unwrap();
    let tensors = Tensors::parse(&Bytes::from(bytes.clone())).unwrap();
    let first = tensors.f32("similarity.weight").unwrap().data[0].to_le_bytes();
    let at = bytes.windows(4).position(|window| window == first).unwrap();
    bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    testing::seal(dir.path(), 512);
    let error = ModelPackage::load(dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "tensor similarity.weight of the model package holds NaN");
}

#[test]
fn heads_must_fit_their_weights() {
    for (from, to, problem) in [
        ("[\"no\", \"yes\"]", "[\"no\", \"yes\", \"perhaps\"]", "only a two-way head"),
        ("[\"negative\", \"neutral\", \"positive\"]", "[\"negative\", \"positive\"]", "expected [2, 32]"),
        ("[\"no\", \"yes\"]", "[\"no\", \"no\"]", "names a label twice"),
        ("[\"no\", \"yes\"]", "[\"no\"]", "has 1 labels"),
        ("temperature = 1.5", "temperature = 0.0", "has temperature 0"),
        ("threshold = 0.5", "threshold = 1.5", "has threshold 1.5"),
        ("\"complaint\"", "\"sentiment\"", "is defined twice"),
        ("\"complaint\"", "\"other\"", "heads.other.weight"),
        ("\"softmax\"", "\"softmin\"", "heads.toml"),
        ("ordered =", "orderly =", "orderly"),
    ] {
        let error = load_edited(HEADS, from, to);
        assert!(error.to_string().contains(problem), "{from}: {error}");
    }
}

#[test]
fn an_integer_row_means_its_values_times_its_scale() {
    let package = testing::tiny();
    let name = "encoder.layer.0.intermediate.dense.weight";
    let Matrix::I8(matrix) = package.matrix(name).unwrap() else {
        panic!("stored as integers");
    };
    let plain = package.f32(name).unwrap();
    assert_eq!(plain.shape, [matrix.rows(), matrix.columns()]);
    let expected = f32::from(matrix.row(3)[5].cast_signed()) * matrix.scales()[3];
    assert_eq!(plain.data[3 * matrix.columns() + 5].to_bits(), expected.to_bits());
}

#[test]
fn a_package_of_plain_matrices_loads() {
    let package = testing::shaped(Shape { quantised: false, ..Shape::default() });
    let name = "embeddings.word_embeddings.weight";
    assert!(matches!(package.matrix(name).unwrap(), Matrix::F32(_)));
    let error = package.matrix("embeddings.LayerNorm.weight").unwrap_err();
    assert!(error.to_string().contains("not two dimensions"), "{error}");
    let error = package.f32("pooler.dense.weight").unwrap_err();
    assert!(error.to_string().contains("is missing"), "{error}");
}
