//! The mathematics behind the map and the time wall.

use bevy::math::Vec2;
use exhibit::analysis::{Gram, Pca, cosine, l2, norm, parting, relative_l2};
use exhibit::nodes::chart::{Axes, ticks};
use exhibit::nodes::time_wall::Grid;

const TOLERANCE: f32 = 1e-4;

fn is_close(one: f32, other: f32) -> bool {
    (one - other).abs() < TOLERANCE * (1.0 + one.abs().max(other.abs()))
}

#[test]
fn lengths_and_angles_are_as_by_hand() {
    let (a, b) = ([3.0, 4.0], [3.0, 0.0]);
    assert_eq!(norm(&a), 5.0);
    assert_eq!(l2(&a, &b), 4.0);
    assert!(is_close(relative_l2(&a, &b), 0.8));
    assert!(is_close(cosine(&a, &b), 0.6));
    assert!(is_close(cosine(&a, &[-3.0, -4.0]), -1.0));
    assert_eq!(cosine(&a, &[-4.0, 3.0]), 0.0);
    assert_eq!((cosine(&a, &[0.0, 0.0]), relative_l2(&a, &a)), (0.0, 0.0));
}

#[test]
fn runs_part_where_their_distance_stays_above_the_threshold() {
    assert_eq!(parting(&[0.0, 0.05, 0.2, 0.3], 0.1), Some(2));
    assert_eq!(parting(&[0.2, 0.05, 0.2, 0.3], 0.1), Some(2));
    assert_eq!(parting(&[0.2, 0.3], 0.1), Some(0));
    assert_eq!(parting(&[0.2, 0.1], 0.1), None);
    assert_eq!(parting(&[], 0.1), None);
}

fn pca(points: &[Vec<f32>]) -> Pca {
    let mut gram = Gram::default();
    for point in points {
        gram.push(point.clone().into());
    }
    Pca::of(&gram, &(0..points.len()).collect::<Vec<_>>())
}

/// Numbers from −1 to 1, always the same.
fn numbers(count: usize, mut state: u32) -> Vec<f32> {
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Two unit vectors at a right angle in a space of many dimensions.
fn plane(dimensions: usize) -> [Vec<f32>; 2] {
    let unit = |vector: Vec<f32>| vector.iter().map(|value| value / norm(&vector)).collect::<Vec<f32>>();
    let one = unit(numbers(dimensions, 1));
    let other = numbers(dimensions, 2);
    let along: f32 = one.iter().zip(&other).map(|(one, other)| one * other).sum();
    let other = unit(other.iter().zip(&one).map(|(other, one)| other - along * one).collect());
    [one, other]
}

/// Points of a plane that lies somewhere in a space of 500 dimensions.
fn embedded(points: &[[f32; 2]]) -> Vec<Vec<f32>> {
    let (axes, somewhere) = (plane(500), numbers(500, 3));
    let point = |[x, y]: &[f32; 2]| (0..500).map(|index| somewhere[index] + x * axes[0][index] + y * axes[1][index]).collect();
    points.iter().map(point).collect()
}

fn check_distances(pca: &Pca, points: &[Vec<f32>]) {
    for (one, here) in points.iter().zip(&pca.coordinates) {
        for (other, there) in points.iter().zip(&pca.coordinates) {
            assert!(is_close(l2(here, there), l2(one, other)), "{} is not {}", l2(here, there), l2(one, other));
        }
    }
}

#[test]
fn a_plane_in_a_large_space_is_found_without_loss() {
    let points = embedded(&[[5.0, 0.5], [2.0, -1.0], [0.0, 2.0], [-3.0, 0.25], [-6.0, -1.5]]);
    let pca = pca(&points);
    check_distances(&pca, &points);
    assert!(is_close(pca.shares[0] + pca.shares[1], 1.0));
}

#[test]
fn shares_are_those_of_the_variance() {
    // Sums of squares 8 and 2 along the two axes.
    let pca = pca(&embedded(&[[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]));
    assert!(is_close(pca.shares[0], 0.8) && is_close(pca.shares[1], 0.2), "{:?}", pca.shares);
}

#[test]
fn axes_point_to_the_farthest_latent_of_the_first_run() {
    let line = [9.0, 0.0, 1.0, 2.0].map(|value: f32| vec![value]);
    let mut gram = Gram::default();
    for point in &line {
        gram.push(point.clone().into());
    }
    let of_all = Pca::of(&gram, &[0, 1, 2, 3]);
    let of_three = Pca::of(&gram, &[1, 2, 3]);
    for (latent, value) in [6.0, -3.0, -2.0, -1.0].into_iter().enumerate() {
        assert!(is_close(of_all.coordinates[latent][0], value));
        assert!(is_close(of_three.coordinates[latent][0], -value));
    }
}

/// Reflected at a hyperplane, which keeps all lengths and angles.
fn reflected(points: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let [mirror, _] = plane(points[0].len());
    let reflect = |point: &Vec<f32>| {
        let along: f32 = point.iter().zip(&mirror).map(|(value, mirror)| value * mirror).sum();
        point.iter().zip(&mirror).map(|(value, mirror)| value - 2.0 * along * mirror).collect()
    };
    points.iter().map(reflect).collect()
}

#[test]
fn the_map_does_not_depend_on_how_the_space_is_turned() {
    let points: Vec<Vec<f32>> =
        (0..12).map(|step| numbers(64, 40 + step).into_iter().map(|value| value * (1.0 + step as f32)).collect()).collect();
    let (one, other) = (pca(&points), pca(&reflected(&points)));
    for (here, there) in one.coordinates.iter().zip(&other.coordinates) {
        assert!((here[0] - there[0]).abs() < 0.02 && (here[1] - there[1]).abs() < 0.02, "{here:?} is not {there:?}");
    }
    assert!(is_close(one.shares[0], other.shares[0]) && is_close(one.shares[1], other.shares[1]));
}

#[test]
fn two_long_runs_have_a_map() {
    let points: Vec<Vec<f32>> = (0..102).map(|latent| numbers(1024, 100 + latent)).collect();
    let pca = pca(&points);
    assert_eq!(pca.coordinates.len(), 102);
    let [first, second] = pca.shares;
    assert!(first >= second && second > 0.0 && first + second <= 1.0 + 1e-6);
}

#[test]
fn latents_without_a_difference_have_one_place() {
    for count in 0..4 {
        let pca = pca(&vec![vec![1.0, 2.0, 3.0]; count]);
        assert_eq!(pca.coordinates.len(), count);
        assert!(pca.coordinates.iter().flatten().all(|value| value.abs() < TOLERANCE));
    }
}

#[test]
fn a_latent_that_is_no_number_stops_nothing() {
    assert_eq!(pca(&[vec![1.0, f32::NAN], vec![0.0, 1.0]]).shares, [0.0; 2]);
}

#[test]
fn numbers_beside_an_axis_are_round() {
    assert_eq!(ticks(0.0, 50.0, 6), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
    assert_eq!(ticks(0.0, 4.0, 6), [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(ticks(-1.0, 1.0, 3), [-1.0, 0.0, 1.0]);
    assert!(ticks(1.0, 1.0, 5).is_empty());
    for steps in 1..=50 {
        assert!(ticks(0.0, steps as f32, 6).len() <= 6);
        assert!(ticks(0.0, 0.013 * steps as f32, 3).len() <= 3);
    }
}

#[test]
fn a_path_keeps_its_proportions_and_stays_inside() {
    let area = bevy::math::Rect { min: Vec2::new(-3.0, 1.0), max: Vec2::new(1.0, 3.0) };
    let axes = Axes::around(area, &[[-10.0, 0.0], [30.0, 5.0]]);
    let (one, other) = (axes.at([-10.0, 0.0]), axes.at([30.0, 5.0]));
    assert!(area.contains(one) && area.contains(other));
    assert!(is_close((other.x - one.x) / (other.y - one.y), 8.0));
}

/// As on the wall: the type that is read from there.
const TYPE_METRES: f32 = 0.191;

#[test]
fn every_step_hangs_on_the_wall_beside_the_others() {
    for steps in 1..=50 {
        let grid = Grid::new(steps, TYPE_METRES);
        let lines = if grid.is_readable { 2.0 } else { 1.0 };
        let below = Vec2::new(0.0, 0.09 + lines * 1.3 * TYPE_METRES);
        let pairs: Vec<_> = (0..steps).map(|step| grid.pair(step)).collect();
        assert!(grid.side > 0.35);
        for (step, pair) in pairs.iter().enumerate() {
            let with_number = bevy::math::Rect { min: pair.min - below, max: pair.max };
            assert!(with_number.min.x >= -4.3 && with_number.max.x <= 4.3 && with_number.min.y > 0.55 && pair.max.y < 5.0);
            assert!(pairs.iter().enumerate().all(|(other, pair)| other == step || pair.intersect(with_number).is_empty()));
            assert_eq!(grid.step_at(pair.center(), steps), Some(step));
        }
    }
}
