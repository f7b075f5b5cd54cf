//! Nothing is lost between two runs.

use trainer::checkpoint::Checkpoint;

use crate::folder;

fn some(step: u64) -> Checkpoint {
    let row = |start: f32| (0..5).map(|index| start + index as f32 / 3.0).collect();
    Checkpoint {
        lineage: "sizes".into(),
        step,
        updates: step - 1,
        seconds: 0.1 + 0.2,
        weights: row(0.1),
        moment_1: row(-1.0),
        moment_2: row(1e-30),
        average: row(7.0),
    }
}

#[test]
fn a_checkpoint_is_read_as_it_was_written() {
    let path = folder("checkpoint").join("denoiser.safetensors");
    assert!(Checkpoint::read(&path).unwrap().is_none());
    some(3).write(&path).unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap().unwrap(), some(3));
}

#[test]
fn the_previous_checkpoint_stands_in_for_a_broken_one() {
    let path = folder("broken").join("denoiser.safetensors");
    some(3).write(&path).unwrap();
    some(4).write(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap().unwrap(), some(3));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap().unwrap(), some(3));
}

#[test]
fn two_broken_checkpoints_are_an_error_that_names_the_file() {
    let path = folder("lost").join("autoencoder.safetensors");
    std::fs::write(&path, b"nothing").unwrap();
    let message = format!("{:#}", Checkpoint::read(&path).unwrap_err());
    assert!(message.contains("autoencoder.safetensors") && message.contains("delete it"), "{message}");
}
