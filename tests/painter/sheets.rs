//! Contact sheets: pictures side by side, and files of them to look at.

use painter::{Colour, Medium, Picture, Place, Scene, Sheet, Sky, Subject, contact_sheet, paint};
use rand::SeedableRng;
use rand_pcg::Pcg32;

#[test]
fn a_sheet_pins_pictures_row_by_row() {
    let plain = |shade: u8| Picture { size: 2, pixels: vec![shade; 12] };
    let sheet = contact_sheet(&[plain(100), plain(150), plain(200)], 2);
    assert_eq!((sheet.width, sheet.height), (10, 10));
    let at = |x: u32, y: u32| sheet.pixels[((y * sheet.width + x) * 3) as usize];
    assert_eq!([at(2, 2), at(3, 3), at(6, 2), at(2, 6)], [100, 100, 150, 200]);
    assert_eq!(at(0, 0), at(6, 6), "the place of a missing picture stays empty");
    assert_eq!(sheet.pixels.len(), 300);
}

#[test]
#[should_panic(expected = "one size")]
fn pictures_of_two_sizes_do_not_share_a_sheet() {
    contact_sheet(&[Picture { size: 1, pixels: vec![0; 3] }, Picture { size: 2, pixels: vec![0; 12] }], 1);
}

/// Writes sheets as PPM files into the folder named by `PAINTER_SHEETS`; without it only that they can be made is tested.
#[test]
fn sheets_show_every_subject_in_every_medium_and_every_place_under_every_sky() {
    let sky = |number: usize| Sky::ALL[number % Sky::ALL.len()];
    let colour = |number: usize| Colour::ALL[number % Colour::ALL.len()];
    let mut pictures = vec![];
    for (row, &medium) in Medium::ALL.iter().enumerate() {
        for (column, &subject) in Subject::ALL.iter().enumerate() {
            let place = Place::ALL[(column + row) % Place::ALL.len()];
            let scene = Scene::plain(subject, colour(column + row * 3), place, sky(column / 2 + row), medium);
            pictures.push(paint(&scene, (row * Subject::ALL.len() + column) as u64, 64));
        }
    }
    keep("subjects", &contact_sheet(&pictures, Subject::ALL.len() as u32));
    pictures.clear();
    for (row, &sky) in Sky::ALL.iter().enumerate() {
        for (column, &place) in Place::ALL.iter().enumerate() {
            for (kind, &medium) in Medium::ALL.iter().enumerate().skip((row + column) % 2).step_by(2) {
                let subject = Subject::ALL[(column * 5 + row * 11 + kind) % Subject::ALL.len()];
                let scene = Scene::plain(subject, colour(column * 3 + row * 5 + kind), place, sky, medium);
                pictures.push(paint(&scene, (row * 50 + column) as u64, 64));
            }
        }
    }
    keep("places", &contact_sheet(&pictures, 50));
    pictures.clear();
    let mut rng = Pcg32::seed_from_u64(2);
    pictures.extend((0..200).map(|seed| paint(&Scene::sample(&mut rng), seed, 64)));
    keep("samples", &contact_sheet(&pictures, 20));
}

fn keep(name: &str, sheet: &Sheet) {
    assert_eq!(sheet.pixels.len(), (sheet.width * sheet.height * 3) as usize);
    if let Some(folder) = std::env::var_os("PAINTER_SHEETS") {
        let mut file = format!("P6\n{} {}\n255\n", sheet.width, sheet.height).into_bytes();
        file.extend(&sheet.pixels);
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.ppm")), file).unwrap();
    }
}
