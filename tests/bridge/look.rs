//! How tensors are laid out and coloured.

use bridge::{Layout, Look, Palette, TensorImage};

const ALL: [Palette; 6] = [Palette::Latent, Palette::Noise, Palette::Guidance, Palette::Text, Palette::Feature, Palette::Colour];

fn look(layout: Layout) -> Look {
    Look { layout, palette: Palette::Colour, range: 1.0 }
}

/// Oklab lightness, from which one sees how bright a colour looks.
fn lightness([red, green, blue]: [f32; 3]) -> f32 {
    let l = 0.412_221_46 * red + 0.536_332_55 * green + 0.051_445_995 * blue;
    let m = 0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue;
    let s = 0.088_302_46 * red + 0.281_718_84 * green + 0.629_978_7 * blue;
    0.210_454_26 * l.cbrt() + 0.793_617_8 * m.cbrt() - 0.004_072_047 * s.cbrt()
}

#[test]
fn a_number_is_a_pixel() {
    assert_eq!(look(Layout::Channel(2)).pixels([4, 8, 12]), [12, 8]);
    assert_eq!(look(Layout::Rgb).pixels([3, 64, 32]), [32, 64]);
    assert_eq!(look(Layout::Grid { columns: 4, rows: 2 }).pixels([16, 8, 6]), [24, 16]);
}

#[test]
fn a_texture_has_at_least_one_pixel() {
    assert_eq!(look(Layout::Grid { columns: 0, rows: 0 }).pixels([4, 8, 8]), [1, 1]);
    assert_eq!(look(Layout::Channel(0)).pixels([0, 0, 0]), [1, 1]);
}

#[test]
fn a_grid_counts_its_channels_row_after_row() {
    let look = look(Layout::Grid { columns: 2, rows: 2 });
    let values = [0.0, 1.0, 0.5];
    let colours = [[0, 0], [1, 0], [0, 1], [1, 1]].map(|pixel| look.colour([3, 1, 1], &values, pixel)[0]);
    assert_eq!(colours[0], 0.0);
    assert!((colours[1] - 1.0).abs() < 1e-6);
    assert!((colours[2] - 0.2140).abs() < 1e-3, "sRGB 0.5 is {}", colours[2]);
    assert_eq!(colours[3], 0.0, "there is no fourth channel");
}

#[test]
fn rgb_takes_the_first_three_channels() {
    let colour = look(Layout::Rgb).colour([4, 1, 1], &[1.0, 0.5, 0.0, 9.0], [0, 0]);
    assert!((colour[0] - 1.0).abs() < 1e-6 && (colour[1] - 0.2140).abs() < 1e-3 && colour[2] == 0.0, "{colour:?}");
}

#[test]
fn every_colour_can_be_shown() {
    for palette in ALL {
        for step in -20..=20 {
            let colour = palette.colour(step as f32 / 20.0, 1.0);
            assert!(colour.iter().all(|light| (0.0..=1.02).contains(light)), "{palette:?} at {step}: {colour:?}");
        }
    }
}

#[test]
fn lightness_grows_evenly_with_the_distance_from_zero() {
    for palette in [Palette::Latent, Palette::Guidance, Palette::Text, Palette::Feature] {
        for sign in [-1.0, 1.0] {
            let steps: Vec<f32> = (0..=10).map(|step| lightness(palette.colour(sign * step as f32 * 0.3, 3.0))).collect();
            for pair in steps.windows(2) {
                let step = pair[1] - pair[0];
                assert!((0.05..0.1).contains(&step), "{palette:?}: a step of {step} in {steps:?}");
            }
        }
    }
}

#[test]
fn noise_grows_from_dark_to_bright() {
    let steps: Vec<f32> = (-10..=10).map(|step| lightness(Palette::Noise.colour(step as f32, 10.0))).collect();
    assert!(steps.windows(2).all(|pair| (0.02..0.05).contains(&(pair[1] - pair[0]))), "{steps:?}");
}

#[test]
fn signs_differ_for_eyes_without_red_or_green() {
    // Without red or green cones the difference between blue and the rest is what is left of hue.
    for (palette, least) in [(Palette::Latent, 0.2), (Palette::Guidance, 0.2)] {
        let [negative, positive] = [-0.8, 0.8].map(|value| palette.colour(value, 1.0));
        let blueness = |[red, green, blue]: [f32; 3]| blue - (red + green) / 2.0;
        let difference = (blueness(negative) - blueness(positive)).abs();
        assert!(difference > least, "{palette:?}: {difference}");
    }
}

#[test]
fn what_is_not_a_number_is_a_grey_checker() {
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for palette in ALL {
            let look = Look { layout: Layout::Channel(0), palette, range: 1.0 };
            let colours = [[0, 0], [1, 0]].map(|pixel| look.colour([1, 1, 2], &[number, number], pixel));
            assert_ne!(colours[0], colours[1]);
            assert!(colours.iter().flatten().all(|light| (0.01..0.1).contains(light)), "{colours:?}");
        }
    }
}

#[test]
fn a_crossfade_mixes_light() {
    let look = Look { layout: Layout::Channel(0), palette: Palette::Latent, range: 1.0 };
    let (from, to) = ([-1.0], [1.0]);
    let half_way = look.colour_mixed([1, 1, 1], &from, &to, 0.5, [0, 0]);
    assert!(lightness(half_way) > 0.7, "two bright colours make a bright one: {half_way:?}");
}

#[test]
fn values_are_kept_as_they_were_given() {
    let image = TensorImage::from_values([1, 2, 2], vec![1.0, 2.0, 3.0, 4.0]);
    assert_eq!(image.size(), [1, 2, 2]);
    assert_eq!(image.clone().values(), Some(&[1.0, 2.0, 3.0, 4.0][..]));
}

#[test]
#[should_panic(expected = "[1, 2, 2]")]
fn values_must_fit_their_size() {
    let _ = TensorImage::from_values([1, 2, 2], vec![1.0]);
}
