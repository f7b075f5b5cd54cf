//! Two runs side by side.

use bevy::prelude::*;
use bridge::{Array, Report, RunId, RunStarted, StepDenoised, StepNumbers, Token, Tokens};
use exhibit::nodes::plane::Stand;
use exhibit::nodes::shown::Source;
use exhibit::state::{Lane, Run};
use exhibit::tour::{Moment, Score};

use crate::models;
use crate::runs::{self, tensor};

fn stand(lane: Lane) -> Stand {
    let at = Transform::from_xyz(1.0, 2.0, 0.5).with_rotation(Quat::from_rotation_y(-0.4));
    Stand { lane, at, size: Vec2::new(2.0, 1.5), is_mirror: false }
}

/// The rectangle of a plane in the place of the undivided one, whose sides run from −½ to ½.
fn area(lane: Lane, opening: f32) -> Rect {
    let whole = stand(Lane::A).transform(0.0).compute_affine().inverse();
    let own = stand(lane).transform(opening);
    let corner = |x: f32, y: f32| whole.transform_point3(own.transform_point(Vec3::new(x, y, 0.0))).truncate();
    Rect::from_corners(corner(-0.5, -0.5), corner(0.5, 0.5))
}

#[test]
fn one_run_has_the_whole_plane() {
    let whole = area(Lane::A, 0.0);
    assert!(whole.min.distance(Vec2::splat(-0.5)) < 1e-4 && whole.max.distance(Vec2::splat(0.5)) < 1e-4);
}

#[test]
fn two_runs_and_their_difference_share_a_plane_without_overlap() {
    let areas = Lane::ALL.map(|lane| area(lane, 1.0));
    let [a, b, difference] = areas;
    assert!(a.max.x < b.min.x && difference.max.y < a.min.y && difference.max.y < b.min.y, "{areas:?}");
    for area in areas {
        assert!(area.min.min_element() > -0.52 && area.max.max_element() < 0.52, "{area:?} leaves the plane's place");
        assert!(area.width() > 0.45 && area.height() > 0.45);
    }
    assert!((difference.center().x - (a.center().x + b.center().x) / 2.0).abs() < 1e-4, "the difference stands between them");
}

#[test]
fn mirror_images_part_with_their_planes() {
    for lane in Lane::ALL {
        let plane = stand(lane).transform(1.0);
        let mirror = Stand { is_mirror: true, ..stand(lane) }.transform(1.0);
        assert_eq!(mirror.translation, plane.translation * Vec3::new(1.0, -1.0, 1.0));
        assert_eq!(mirror.scale, plane.scale * Vec3::new(1.0, -1.0, 1.0));
    }
}

/// A run of so many steps, all made; step k leaves a latent of k.
fn run(steps: usize) -> Run {
    let mut run = Run::default();
    let word = |word| Token { id: 0, piece: "boat</w>".into(), word };
    let started = RunStarted {
        tokens: Tokens { slots: vec![word(None), word(Some(0)), word(None)], truncated: Vec::new() },
        ..runs::started(steps)
    };
    run.take(Report::RunStarted { run: RunId(0), started });
    for index in 0..steps {
        let maps = [[0.9; 4], [0.06, 0.02, 0.08, 0.01], [0.04; 4]].concat();
        let numbers = StepNumbers { word_maps: Array::new(vec![3, 2, 2], maps), ..StepNumbers::default() };
        let step = StepDenoised { latent: tensor(index as f32), numbers, ..runs::step(index) };
        run.take(Report::StepDenoised { run: RunId(0), step });
    }
    run.take(Report::PictureDecoded { run: RunId(0), picture: tensor(0.0), numbers: Array::default(), seconds: 1.0 });
    run
}

#[test]
fn runs_of_different_lengths_begin_and_end_together() {
    let short = run(8);
    let steps: Vec<usize> = (0..20).map(|step| short.step_like(step, 20)).collect();
    assert_eq!((steps[0], steps[19]), (0, 7));
    assert!(steps.is_sorted());
    assert_eq!((0..8).map(|step| short.step_like(step, 8)).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    let long = run(30);
    assert_eq!((long.step_like(0, 20), long.step_like(19, 20)), (1, 29));

    let score = Score::new(&models::built_in(), 20);
    let shown = Source::LatentAfter.shown(&short, &score, Moment::Lap { step: 19, phase: 0.999 }).unwrap();
    assert_eq!(shown.to.values().unwrap()[0], 7.0);
    assert_eq!(short.computed_until(&score, &models::built_in()), score.end());
}

#[test]
fn the_brightest_of_a_word_map_is_what_words_get_and_not_what_the_start_gets() {
    let run = run(4);
    let (maps, strongest) = run.word_maps(2).unwrap();
    assert_eq!((maps.size(), *strongest), ([3, 2, 2], 0.08));
    let shown = Source::WordMap(1).shown(&run, &Score::new(&models::built_in(), 4), Moment::Lap { step: 2, phase: 0.99 });
    assert_eq!(Source::WordMap(1).look(&shown.unwrap().to, &run, 2).range, 0.08);
}
