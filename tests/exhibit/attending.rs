//! Which words count where.

use bevy::prelude::*;
use bridge::{Array, Block, Token};
use exhibit::nodes::attention::{Attending, layers, pieces, place_hit, shares, strongest_place, telling};
use exhibit::nodes::plane::frame_part;
use exhibit::nodes::shown::Source;
use exhibit::text::Texts;

use crate::models;

fn token(word: Option<usize>) -> Token {
    Token { id: 0, piece: "boat</w>".into(), word }
}

/// Three slots on two rows of three columns; the first is the start, which gets most.
fn maps() -> Array {
    let start = [0.9; 6];
    let boat = [0.0, 0.1, 0.3, 0.0, 0.0, 0.0];
    let sea = [0.0, 0.0, 0.1, 0.2, 0.2, 0.4];
    Array::new(vec![3, 2, 3], [start, boat, sea].concat())
}

fn check_shares(place: [f32; 2], expected: [f32; 2]) {
    let found = shares(&maps(), &[1, 2], place);
    assert_eq!(found.len(), 2);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected} at {place:?}");
    }
}

#[test]
fn only_pieces_of_words_are_words() {
    let tokens = [token(None), token(Some(0)), token(Some(0)), token(Some(1)), token(None), token(None)];
    assert_eq!(pieces(&tokens), [1, 2, 3]);
    assert!(pieces(&[]).is_empty());
}

#[test]
fn at_first_the_word_in_hand_is_what_the_picture_is_of() {
    let tokens: Vec<Token> = ["a</w>", "red</w>", "boat</w>", "at</w>", "sunset</w>"]
        .into_iter()
        .enumerate()
        .map(|(word, piece)| Token { id: 0, piece: piece.into(), word: Some(word) })
        .collect();
    let slots = pieces(&tokens);
    assert_eq!(telling("a red boat at sunset", &tokens, &slots), Some(2));
    assert_eq!(telling("nothing that the painter would say", &tokens, &slots), Some(4), "or else the longest");
    assert_eq!(telling("", &tokens, &[]), None);
}

#[test]
fn shares_at_a_place_sum_to_one_over_the_words() {
    check_shares([0.5, 0.25], [1.0, 0.0]);
    check_shares([0.9, 0.1], [0.75, 0.25]);
    check_shares([0.1, 0.9], [0.0, 1.0]);
}

#[test]
fn the_border_of_the_picture_belongs_to_its_last_cells() {
    check_shares([1.0, 0.0], [0.75, 0.25]);
    check_shares([1.0, 1.0], [0.0, 1.0]);
    check_shares([-0.1, 1.3], [0.0, 1.0]);
}

#[test]
fn where_no_word_counts_no_word_has_a_share() {
    check_shares([0.0, 0.0], [0.0, 0.0]);
    assert!(shares(&Array::default(), &[1, 2], [0.5, 0.5]).is_empty());
}

#[test]
fn a_word_is_strongest_in_the_middle_of_a_cell() {
    assert_eq!(strongest_place(&maps(), 1), Some([2.5 / 3.0, 0.25]));
    assert_eq!(strongest_place(&maps(), 2), Some([2.5 / 3.0, 0.75]));
    assert_eq!(strongest_place(&maps(), 3), None);
    assert_eq!(strongest_place(&Array::default(), 0), None);
}

#[test]
fn words_go_round() {
    let mut attending = Attending { slot: 1, ..Attending::default() };
    let mut turn = |notches: i32| {
        attending.next_word(&[1, 2, 5], notches);
        attending.slot
    };
    assert_eq!([turn(1), turn(1), turn(1), turn(-1), turn(-4)], [2, 5, 1, 5, 2]);
    attending.next_word(&[7, 8], 1);
    assert_eq!(attending.slot, 7, "a slot without a word gives the first word");
    attending.next_word(&[], 1);
    assert_eq!(attending.slot, 7);
}

#[test]
fn layers_go_round_in_the_order_of_computation_and_every_round_shows_the_next_head() {
    let layers = layers(&models::built_in());
    assert_eq!(layers.first(), Some(&(Block::Down(0), 0)));
    assert!(layers.is_sorted() && layers.contains(&(Block::Mid, 0)));
    let mut attending = Attending::default();
    for round in 0..3 {
        assert_eq!(attending.layer, None);
        assert_eq!(attending.shown_head(2), Some(round % 2));
        for layer in &layers {
            attending.next_layer(&layers);
            assert_eq!(attending.layer, Some(*layer));
        }
        attending.next_layer(&layers);
    }
    attending.next_layer(&[]);
    assert_eq!(attending.layer, None);
}

#[test]
fn heads_go_round_where_they_were_kept() {
    let mut attending = Attending { layer: Some((Block::Mid, 0)), ..Attending::default() };
    let mut heads = Vec::new();
    for _ in 0..4 {
        heads.push(attending.shown_head(3));
        attending.next_head(3);
    }
    assert_eq!(heads, [Some(0), Some(1), Some(2), Some(0)]);
    attending.next_head(1);
    assert_eq!((attending.head, attending.shown_head(1)), (None, None));
}

#[test]
fn a_map_is_counted_through_the_heads() {
    let averaged = Attending { head: Some(2), ..Attending::default() };
    assert_eq!(averaged.source(5, 77, 4), Source::WordMap(5));
    let attending = Attending { layer: Some((Block::Up(1), 0)), ..averaged };
    let map = |map: usize| Source::LayerMap { block: Block::Up(1), layer: 0, map };
    assert_eq!(attending.source(5, 77, 4), map(2 * 77 + 5));
    assert_eq!(attending.source(5, 77, 1), map(5), "only the mean was kept");
}

#[test]
fn a_ray_meets_a_place_of_the_picture() {
    let plane = Transform::from_xyz(1.0, 2.0, 0.0).with_scale(Vec3::new(2.0, 2.0, 1.0));
    let hit = |from: Vec3, towards: Dir3| place_hit(&plane.into(), frame_part(2.0), Ray3d::new(from, towards));
    let [across, down] = hit(Vec3::new(0.5, 2.5, 4.0), Dir3::NEG_Z).unwrap();
    assert!((across - 0.25).abs() < 0.02 && (down - 0.25).abs() < 0.02, "{across}, {down}");
    assert_eq!(hit(Vec3::new(0.001, 2.999, 4.0), Dir3::NEG_Z), Some([0.0, 0.0]), "the frame");
    assert_eq!(hit(Vec3::new(3.0, 2.0, 4.0), Dir3::NEG_Z), None, "beside it");
    assert_eq!(hit(Vec3::new(1.0, 2.0, 4.0), Dir3::Z), None, "away from it");
    assert_eq!(hit(Vec3::new(1.0, 2.0, -4.0), Dir3::Z), None, "from behind");
    let small = Transform::from_scale(Vec3::new(0.5, 0.5, 1.0));
    let beam = Ray3d::new(Vec3::new(-0.235, 0.235, 1.0), Dir3::NEG_Z);
    assert_eq!(place_hit(&small.into(), frame_part(0.5), beam), Some([0.0, 0.0]), "the frame of a small plane is thicker");
}

#[test]
fn everything_said_at_the_station_is_written() {
    let texts = Texts::english();
    let keys = "station-attention about-attention caption-attention attention-imagined attention-imagined-framed \
        attention-word attention-averaged attention-head attention-heads attention-shown attention-aim attention-shares \
        attention-shares-both attention-more token-start line-step";
    for key in keys.split_whitespace() {
        assert!(texts.knows(key), "{key}");
    }
}
