//! Refuses to build when the embedded model package does not match its manifest; tells binaries where libtorch is.

// A build script has nobody to return an error to: it stops the build with a sentence.
#![allow(clippy::panic, reason = "a build script reports by panicking")]

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The packages that `ModelPackage::embedded` and `ModelPackage::embedded_sentences` include, with the files that are compiled into the binary; each must stand in the
/// manifest.
const EMBEDDED: [(&str, &[&str]); 2] = [
    (
        "models/complaint-minilm",
        &["MODEL_CARD.md", "config.json", "fast.toml", "heads.toml", "model.safetensors", "tokenizer.json"],
    ),
    ("models/sentence-minilm", &["MODEL_CARD.md", "config.json", "heads.toml", "model.safetensors"]),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (folder, files) in EMBEDDED {
        let manifest = verify_package(Path::new(folder), files);
        if let Some(shared) = manifest.get("shares").and_then(toml::Value::as_str) {
            let path = Path::new(EMBEDDED[0].0).join("model.safetensors");
            let found = hex(&Sha256::digest(read(&path)));
            assert!(
                shared == found,
                "{folder} shares the tables of weights with sha256 {shared}, {} has {found}: train it again (docs/training.md)",
                path.display()
            );
        }
    }
    remember_libtorch();
}

/// Checks every embedded file against the manifest, which it returns, so that nothing has to be hashed when the program starts.
fn verify_package(folder: &Path, files: &[&str]) -> toml::Table {
    let manifest_path = folder.join("manifest.toml");
    println!("cargo::rerun-if-changed={}", manifest_path.display());
    let manifest: toml::Table = String::from_utf8(read(&manifest_path))
        .unwrap_or_else(|_| panic!("{} is not UTF-8", manifest_path.display()))
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", manifest_path.display()));
    for file in files {
        let path = folder.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let expected = manifest
            .get("sha256")
            .and_then(|digests| digests.get(*file))
            .and_then(toml::Value::as_str)
            .unwrap_or_else(|| panic!("{} lists no sha256 of {file}", manifest_path.display()));
        let found = hex(&Sha256::digest(read(&path)));
        assert!(
            found == expected,
            "{} does not match its manifest (sha256 {found}, expected {expected}): restore the file from the repository",
            path.display()
        );
    }
    manifest
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| {
        panic!("{}: {error}; the model package is part of the repository, restore the folder", path.display())
    })
}

fn hex(digest: &[u8]) -> String {
    let mut text = String::new();
    for byte in digest {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text
}

/// Writes the folder of libtorch into the binaries' run path, so that they start without `LD_LIBRARY_PATH`.
///
/// `torch-sys` hands the folder to crates that depend on it directly; without the `rust-bert` feature there is none.
fn remember_libtorch() {
    let key = "DEP_TCH_LIBTORCH_LIB";
    println!("cargo::rerun-if-env-changed={key}");
    let unix = std::env::var_os("CARGO_CFG_UNIX").is_some();
    if let (Ok(folder), true) = (std::env::var(key), unix) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
