//! What is drawn into textures, on whatever adapter there is.

use bridge::{Cpu, DeviceChoice, Gpu, Layout, Look, Palette, Report, Request, RunId, Shown, TensorImage};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::engine;
use crate::hall::{Hall, check, grid};

/// Numbers between −3 and 3 without a pattern.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 2_654_435_761) % 6001) as f32 / 1000.0 - 3.0).collect()
}

fn tensor<B: Backend>(size: [usize; 3], device: &B::Device) -> Tensor<B, 3> {
    Tensor::from_data(TensorData::new(numbers(size.iter().product()), size), device)
}

/// Every palette and layout.
fn looks() -> Vec<Look> {
    let palettes = [Palette::Latent, Palette::Noise, Palette::Guidance, Palette::Text, Palette::Feature, Palette::Colour];
    let layouts = [Layout::Channel(0), Layout::Channel(3), Layout::Channel(9), Layout::Rgb, grid(2, 2), grid(3, 2)];
    let looks = palettes.into_iter().zip([2.5, 3.0, 1.0, 4.0, 2.0, 1.0]);
    looks.flat_map(|(palette, range)| layouts.map(|layout| Look { layout, palette, range })).collect()
}

#[test]
fn a_tensor_of_either_backend_is_drawn_as_the_reference_says() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let size = [4, 5, 7];
    let values = numbers(4 * 5 * 7);
    let on_cpu = Cpu::show(tensor::<Cpu>(size, &Default::default()));
    let on_gpu = Gpu::show(tensor::<Gpu>(size, &hall.gpu()) * 2.0 / 2.0);
    assert_eq!((on_cpu.values(), on_gpu.values()), (Some(&values[..]), None));
    for look in looks() {
        for image in [&on_cpu, &on_gpu] {
            check(&hall.drawn(image, look), look, size, |pixel| look.colour(size, &values, pixel));
        }
    }
}

#[test]
fn a_view_into_a_tensor_is_drawn_from_where_it_starts() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let device = hall.gpu();
    let look = Look { layout: grid(2, 1), palette: Palette::Latent, range: 3.0 };
    let whole = tensor::<Gpu>([6, 8, 8], &device);
    let values = numbers(6 * 8 * 8);
    for first in 0..5 {
        let image = Gpu::show(whole.clone().narrow(0, first, 2));
        let part = &values[first * 64..][..128];
        check(&hall.drawn(&image, look), look, [2, 8, 8], |pixel| look.colour([2, 8, 8], part, pixel));
    }
    let turned = Gpu::show(whole.clone().swap_dims(1, 2));
    let value = |pixel: [usize; 2]| look.colour([6, 8, 8], &values, [pixel[0] / 8 * 8 + pixel[1], pixel[0] % 8]);
    check(&hall.drawn(&turned, look), look, [6, 8, 8], value);
}

#[test]
fn a_picture_stays_while_burn_computes_on() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let look = Look { layout: Layout::Channel(0), palette: Palette::Latent, range: 3.0 };
    let size = [1, 16, 16];
    let values = numbers(256);
    let mut latent = tensor::<Gpu>(size, &hall.gpu());
    let image = Gpu::show(latent.clone());
    for _ in 0..50 {
        latent = latent * 0.5 + 1.0;
    }
    let other = Gpu::show(latent);
    check(&hall.drawn(&image, look), look, size, |pixel| look.colour(size, &values, pixel));
    check(&hall.drawn(&other, look), look, size, |_| look.palette.colour(2.0, 3.0));
}

#[test]
fn a_crossfade_is_drawn_between_backends_and_within_one() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let look = Look { layout: grid(2, 1), palette: Palette::Latent, range: 3.0 };
    let size = [2, 4, 4];
    let (a, b) = (numbers(32), numbers(32).into_iter().map(|value| -value).collect::<Vec<f32>>());
    let from = TensorImage::from_values(size, a.clone());
    let to = TensorImage::from_values(size, b.clone());
    let to_on_gpu = Gpu::show(-tensor::<Gpu>(size, &hall.gpu()));
    let texture = hall.texture(size, look);
    for mix in [0.0, 0.25, 1.0] {
        for to in [&to, &to_on_gpu] {
            hall.show_mix(&texture, &from, to, mix, look);
            let drawn = hall.read(&texture, look.pixels(size));
            check(&drawn, look, size, |pixel| look.colour_mixed(size, &a, &b, mix, pixel));
        }
    }
}

#[test]
fn tensors_of_two_sizes_are_not_mixed() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let look = Look { layout: Layout::Channel(0), palette: Palette::Feature, range: 3.0 };
    let from = TensorImage::from_values([1, 1, 1], vec![3.0]);
    let to = TensorImage::from_values([1, 2, 2], numbers(4));
    let texture = hall.texture(to.size(), look);
    hall.show_mix(&texture, &from, &to, 0.3, look);
    let drawn = hall.read(&texture, [2, 2]);
    check(&drawn, look, to.size(), |pixel| look.colour(to.size(), &numbers(4), pixel));
}

#[test]
fn what_is_not_a_number_is_drawn_grey() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let size = [3, 4, 4];
    let mut values = numbers(48);
    for (i, bad) in [(0, f32::NAN), (5, f32::INFINITY), (6, f32::NEG_INFINITY), (20, f32::NAN), (47, f32::NAN)] {
        values[i] = bad;
    }
    let image = TensorImage::from_values(size, values.clone());
    for look in looks() {
        check(&hall.drawn(&image, look), look, size, |pixel| look.colour(size, &values, pixel));
    }
}

#[test]
fn many_pictures_are_drawn_in_one_frame() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let look = Look { layout: Layout::Channel(0), palette: Palette::Noise, range: 3.0 };
    let size = [1, 8, 8];
    let images: Vec<(Vec<f32>, TensorImage)> = (0..150)
        .map(|i| {
            let values: Vec<f32> = numbers(64).into_iter().map(|value| value * i as f32 / 150.0).collect();
            (values.clone(), TensorImage::from_values(size, values))
        })
        .collect();
    let textures: Vec<_> = images.iter().map(|_| hall.texture(size, look)).collect();
    for (texture, (_, image)) in textures.iter().zip(&images) {
        hall.show(texture, image, look);
    }
    for (texture, (values, _)) in textures.iter().zip(&images).step_by(29) {
        let drawn = hall.read(texture, [8, 8]);
        check(&drawn, look, size, |pixel| look.colour(size, values, pixel));
    }
}

#[test]
fn the_last_of_several_asks_is_drawn() {
    let mut hall = Hall::open(DeviceChoice::Gpu);
    let look = Look { layout: Layout::Channel(0), palette: Palette::Latent, range: 1.0 };
    let texture = hall.texture([1, 1, 1], look);
    for value in [0.1, -0.7, 0.4] {
        hall.show(&texture, &TensorImage::from_values([1, 1, 1], vec![value]), look);
    }
    let drawn = hall.read(&texture, [1, 1]);
    check(&drawn, look, [1, 1, 1], |_| look.palette.colour(0.4, 1.0));
}

#[test]
fn what_is_asked_for_before_the_shader_is_compiled_is_drawn_later() {
    let mut hall = Hall::open_with(DeviceChoice::Gpu, false);
    let look = Look { layout: Layout::Channel(0), palette: Palette::Latent, range: 1.0 };
    let texture = hall.texture([1, 1, 1], look);
    hall.show(&texture, &TensorImage::from_values([1, 1, 1], vec![0.4]), look);
    let drawn = (0..50).map(|_| hall.read(&texture, [1, 1])).find(|pixels| pixels[0][3] == 1.0);
    check(&drawn.unwrap(), look, [1, 1, 1], |_| look.palette.colour(0.4, 1.0));
}

/// Runs the tiny model in a hall; returns the picture and the last latent.
fn run(hall: &mut Hall) -> [TensorImage; 2] {
    hall.engine().ask(Request::Load(engine::tiny_model()));
    hall.engine().ask(Request::Generate { run: RunId(1), generation: engine::generation("a red circle", 2) });
    let mut latent = None;
    loop {
        match hall.next_report() {
            Report::StepDenoised { step, .. } => latent = Some(step.latent),
            Report::PictureDecoded { picture, .. } => return [picture, latent.unwrap()],
            Report::Failed { message, .. } => panic!("{message}"),
            _ => {}
        }
    }
}

#[test]
fn the_gpu_draws_what_the_cpu_computes() {
    let mut on_cpu = Hall::open(DeviceChoice::Cpu);
    let expected = run(&mut on_cpu);
    let mut on_gpu = Hall::open(DeviceChoice::Gpu);
    let computed = run(&mut on_gpu);
    let colour = Look { layout: Layout::Rgb, palette: Palette::Colour, range: 1.0 };
    let latent = Look { layout: grid(2, 2), palette: Palette::Latent, range: 3.0 };
    for ((expected, computed), look) in expected.iter().zip(&computed).zip([colour, latent]) {
        let size = expected.size();
        assert_eq!((computed.size(), computed.values()), (size, None));
        let drawn = on_gpu.drawn(computed, look);
        check(&drawn, look, size, |pixel| look.colour(size, expected.values().unwrap(), pixel));
    }
}
