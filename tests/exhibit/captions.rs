//! The tour that is written in `assets/tour`.

use exhibit::Stop;
use exhibit::text::Texts;
use exhibit::tour::Route;

use crate::models;

#[test]
fn the_tour_can_be_read_and_all_its_captions_are_written() {
    let route = Route::two_minutes().unwrap();
    let texts = Texts::english();
    assert_eq!(route.stops.len(), 12);
    for stop in &route.stops {
        assert!(texts.knows(&stop.caption), "{} has no caption {}", stop.stop, stop.caption);
        assert!(texts.say(&stop.caption).len() < 170, "the caption of {} is long", stop.stop);
    }
}

#[test]
fn all_stops_of_the_tour_exist_in_the_built_in_hall() {
    let all = Stop::all(&models::built_in());
    for stop in Route::two_minutes().unwrap().stops {
        assert!(all.contains(&stop.stop), "{}", stop.stop);
    }
}

#[test]
fn a_model_without_a_middle_is_toured_without_it() {
    let route = Route::two_minutes().unwrap().through(&models::bk_tiny());
    let all = Stop::all(&models::bk_tiny());
    assert_eq!(route.stops.len(), 11);
    assert!(route.stops.iter().all(|stop| all.contains(&stop.stop)));
}

#[test]
fn the_tour_goes_on_and_back_and_stays_at_its_ends() {
    let route = Route::two_minutes().unwrap();
    assert_eq!(route.neighbour(Some(Stop::Hall), true), Some(Stop::Words));
    assert_eq!(route.neighbour(Some(Stop::Words), false), Some(Stop::Hall));
    assert_eq!(route.neighbour(Some(Stop::Hall), false), Some(Stop::Hall));
    assert_eq!(route.neighbour(Some(Stop::Picture), true), Some(Stop::Picture));
    assert_eq!(route.neighbour(None, true), Some(Stop::Hall));
}

#[test]
fn names_of_stops_are_read_as_they_are_written() {
    for shape in models::all() {
        for (stop, name) in Stop::all(&shape).into_iter().zip(exhibit::stops(&shape)) {
            assert_eq!(name.parse::<Stop>(), Ok(stop));
        }
    }
    for wrong in ["", "unet.side.0", "unet.down", "unet.down.1.attn.0", "Hall"] {
        assert!(wrong.parse::<Stop>().is_err(), "{wrong}");
    }
    assert_eq!(exhibit::stops(&models::built_in())[5..9], ["unet", "unet.down.0", "unet.down.1", "unet.down.2"]);
}
