use super::*;
use crate::engine::heads::cosine;
use crate::engine::native::{Isa, Native, NativeModel, Variant};
use crate::engine::package::testing::{self, Random, Shape};

/// Loads the library that the environment names. A build with this engine is tested with it, or its tests would pass without having run.
fn library() -> OnnxLibrary {
    let path = std::env::var_os("AMENDS_ONNX_LIBRARY")
        .expect("AMENDS_ONNX_LIBRARY names the library of ONNX Runtime (scripts/native-libs.sh prints the line)");
    OnnxLibrary::load(Path::new(&path)).unwrap()
}

fn batch(seed: u64, lengths: &[usize]) -> TokenBatch {
    let mut random = Random(seed);
    let mut batch = TokenBatch::default();
    for length in lengths {
        let ids: Vec<u32> = (0..*length).map(|_| u32::try_from(random.below(60)).unwrap()).collect();
        batch.push(&ids);
    }
    batch
}

fn native(package: &ModelPackage, variant: Variant, batch: &TokenBatch) -> Embeddings {
    Native::new(NativeModel::new(package, variant).unwrap(), Isa::detect()).embed(batch).unwrap()
}

#[test]
fn single_precision_agrees_with_the_native_engine() {
    let library = library();
    let batch = batch(1, &[3, 17, 1, 40]);
    for package in [testing::tiny(), testing::shaped(Shape { pooling: Pooling::Cls, ..Shape::default() })] {
        let mut engine = Onnx::new(&library, &package, OnnxVariant::F32, GraphFile::Export).unwrap();
        let found = engine.embed(&batch).unwrap();
        for (a, b) in found.rows().zip(native(&package, Variant::F32, &batch).rows()) {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "{a:?} {b:?}");
        }
    }
}

#[test]
fn integers_say_nearly_the_same() {
    let library = library();
    let package = ModelPackage::embedded().unwrap();
    let batch = batch(2, &[5, 20, 41]);
    let mut engine = Onnx::new(&library, &package, OnnxVariant::Int8, GraphFile::Export).unwrap();
    let found = engine.embed(&batch).unwrap();
    for (a, b) in found.rows().zip(native(&package, Variant::F32, &batch).rows()) {
        // Activations share one scale per tensor, which costs more than ours, one per token.
        assert!(cosine(a, b) > 0.96, "cosine {}", cosine(a, b));
    }
}

#[test]
fn a_library_that_is_not_there_is_an_error_with_a_hint() {
    let error = OnnxLibrary::load(Path::new("/nowhere/libonnxruntime.so")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/libonnxruntime.so"), "{error}");
    assert!(error.hint().is_some());
}
