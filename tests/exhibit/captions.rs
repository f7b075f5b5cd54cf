//! The names of stops.

use exhibit::Stop;

use crate::models;

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
