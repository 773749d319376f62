use super::*;
use crate::engine::package::testing;

fn head(activation: Activation, temperature: f32) -> Head {
    Head {
        name: "two".to_owned(),
        labels: vec!["no".to_owned(), "yes".to_owned()],
        activation,
        temperature,
        threshold: Some(0.5),
        ordered: false,
        corpora: Vec::new(),
        pooler: false,
        outputs: None,
        weight: vec![1.0, 0.0, 0.0, 2.0],
        bias: vec![0.5, -0.5],
        layer: Dense::new(&[1.0, 0.0, 0.0, 2.0], &[0.5, -0.5]),
    }
}

fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-6, "{found:?}, expected {expected:?}");
    }
}

#[test]
fn probabilities_follow_activation_and_temperature() {
    // Logits of [1, 1]: 1.5 and 1.5; of [2, 1]: 2.5 and 1.5.
    close(&head(Activation::Softmax, 1.0).probabilities(&[1.0, 1.0]), &[0.5, 0.5]);
    close(&head(Activation::Softmax, 1.0).probabilities(&[2.0, 1.0]), &[0.731_058_6, 0.268_941_4]);
    close(&head(Activation::Softmax, 2.0).probabilities(&[2.0, 1.0]), &[0.622_459_3, 0.377_540_7]);
    close(&head(Activation::Sigmoid, 1.0).probabilities(&[2.0, 1.0]), &[0.924_141_8, 0.817_574_5]);
}

#[test]
fn extreme_logits_stay_probabilities() {
    for activation in [Activation::Softmax, Activation::Sigmoid] {
        let found = head(activation, 0.01).probabilities(&[1e6, -1e6]);
        close(&found, &[1.0, 0.0]);
    }
}

#[test]
fn every_head_answers_with_its_labels() {
    let package = testing::tiny();
    let heads = package.heads();
    let embedding: Vec<f32> = (0..heads.hidden()).map(|i| (i as f32 * 0.7).sin()).collect();
    let outputs = heads.apply(&embedding);
    assert_eq!(outputs.len(), heads.iter().len());
    let labels: Vec<&str> = outputs["sentiment"].iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["negative", "neutral", "positive"]);
    let sum: f32 = outputs["sentiment"].iter().map(|(_, p)| p).sum();
    assert!((sum - 1.0).abs() < 1e-6);
    assert!(heads.get("reproach_tweet").unwrap().ordered);
    assert!(heads.get("issue").is_none());
}

#[test]
fn similarity_is_projected_and_of_length_one() {
    // Swaps the two axes and doubles one of them.
    let similarity = vec![0.0, 2.0, 1.0, 0.0];
    let projection = Dense::new(&similarity, &[0.0, 0.0]);
    let set = HeadSet { heads: Vec::new(), pooler: None, similarity, projection, hidden: 2 };
    close(&set.similarity(&[4.0, 1.5]), &[0.6, 0.8]);
    close(&set.similarity(&[0.0, 0.0]), &[0.0, 0.0]);
}

#[test]
fn cosine_compares_directions() {
    close(&[cosine(&[1.0, 2.0], &[2.0, 4.0])], &[1.0]);
    close(&[cosine(&[1.0, 0.0], &[0.0, 3.0])], &[0.0]);
    close(&[cosine(&[1.0, 0.0], &[-2.0, 0.0])], &[-1.0]);
    close(&[cosine(&[0.0, 0.0], &[-2.0, 0.0])], &[0.0]);
}

#[test]
#[should_panic(expected = "embedding of another model")]
fn an_embedding_of_another_width_is_a_bug() {
    testing::tiny().heads().apply(&[0.0; 3]);
}
