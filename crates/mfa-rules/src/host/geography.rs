//! Distances on the Earth.

use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::value::Value;

/// The mean radius of the Earth (IUGG, R₁), in kilometres.
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The chapter of this function.
pub(crate) const FAMILY: Family = Family {
    title: "Geography",
    about: "Places are latitude and longitude in degrees, north and east positive.",
    functions: &[HostFunction {
        name: "distance_km",
        forms: &[Form {
            signature: "distance_km(lat1, lon1, lat2, lon2) -> float",
            arguments: 4,
        }],
        receiver: Receiver::Read,
        gives: Gives::Value,
        callbacks: Callbacks::Never,
        body: distance_km,
        about: "The distance between two places along the surface of the Earth, in kilometres.\n\nIt is the great-circle distance on a sphere with the Earth's mean radius of 6371.0088 km, by the haversine formula: up to 0.6 % off the true distance.\nThe four arguments are numbers.\nA latitude outside -90 to 90 or a longitude outside -180 to 180 is a failure with the code `argument`, and so is a float that is not a number.\nMind that the place of an IP address is a guess, and that a user can choose the address.",
        example: &[(
            "distance_km(52.52, 13.405, 48.8566, 2.3522).round()",
            "877.0",
        )],
    }],
};

fn distance_km<'a>(
    _host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let from = place(arguments, 0, 1)?;
    let to = place(arguments, 2, 3)?;
    Ok(Value::Float(haversine_km(from, to)))
}

/// A latitude and a longitude, in radians.
fn place(
    arguments: &[Value<'_>],
    latitude: usize,
    longitude: usize,
) -> Result<(f64, f64), Failure> {
    Ok((
        angle("latitude", arguments, latitude, 90.0)?,
        angle("longitude", arguments, longitude, 180.0)?,
    ))
}

fn angle(name: &str, arguments: &[Value<'_>], index: usize, largest: f64) -> Result<f64, Failure> {
    let degrees = arguments::number("distance_km", arguments, index)?;
    if degrees.abs() <= largest {
        return Ok(degrees.to_radians());
    }
    Err(Failure::new(
        Code::Argument,
        format!(
            "`distance_km` needs a {name} between -{largest} and {largest}, and got {degrees:?}"
        ),
    ))
}

fn haversine_km((lat1, lon1): (f64, f64), (lat2, lon2): (f64, f64)) -> f64 {
    let across = ((lat2 - lat1) / 2.0).sin().powi(2);
    let along = ((lon2 - lon1) / 2.0).sin().powi(2);
    let chord = across + lat1.cos() * lat2.cos() * along;
    // Rounding may push the square above 1 between opposite places, where the arc sine ends.
    2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::EARTH_RADIUS_KM;
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{TestHost, fails};
    use crate::secret::Secret;
    use crate::value::Value;
    use std::f64::consts::PI;

    fn distance(places: [f64; 4]) -> f64 {
        let arguments = places.map(Value::Float).to_vec();
        match TestHost::new().call("distance_km", arguments) {
            Ok(Value::Float(distance)) => distance,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_distance_is_that_of_the_great_circle() {
        for (places, expected) in [
            ([0.0, 0.0, 0.0, 0.0], 0.0),
            ([0.0, 0.0, 0.0, 90.0], EARTH_RADIUS_KM * PI / 2.0),
            ([90.0, 0.0, -90.0, 0.0], EARTH_RADIUS_KM * PI),
            ([0.0, -90.0, 0.0, 90.0], EARTH_RADIUS_KM * PI),
            ([0.0, 179.5, 0.0, -179.5], EARTH_RADIUS_KM * PI / 180.0),
            ([90.0, 12.0, 90.0, -170.0], 0.0),
            ([52.52, 13.405, 48.8566, 2.3522], 877.464_6),
        ] {
            let distance = distance(places);
            assert!(
                (distance - expected).abs() < 1e-3,
                "{places:?}: {distance} instead of {expected}"
            );
        }
    }

    #[test]
    fn opposite_places_have_a_distance() {
        for tenths in 0..900 {
            let latitude = f64::from(tenths) / 10.0;
            let distance = distance([latitude, 10.0, -latitude, -170.0]);
            assert!((distance - EARTH_RADIUS_KM * PI).abs() < 1e-3, "{latitude}");
        }
    }

    #[test]
    fn integers_are_degrees_too() {
        let arguments = [0, 0, 0, 90].map(Value::Int).to_vec();
        let distance = TestHost::new().call("distance_km", arguments);
        let expected = EARTH_RADIUS_KM * PI / 2.0;
        assert!(matches!(distance, Ok(Value::Float(km)) if (km - expected).abs() < 1e-6));
    }

    #[test]
    fn a_place_that_does_not_exist_is_a_failure() {
        for (places, message) in [
            (
                [90.5, 0.0, 0.0, 0.0],
                "`distance_km` needs a latitude between -90 and 90, and got 90.5",
            ),
            (
                [0.0, -180.5, 0.0, 0.0],
                "`distance_km` needs a longitude between -180 and 180, and got -180.5",
            ),
            (
                [0.0, 0.0, f64::NAN, 0.0],
                "`distance_km` needs a latitude between -90 and 90, and got NaN",
            ),
            (
                [0.0, 0.0, 0.0, f64::INFINITY],
                "`distance_km` needs a longitude between -180 and 180, and got inf",
            ),
        ] {
            assert_eq!(
                fails("distance_km", places.map(Value::Float).to_vec()),
                Failure::new(Code::Argument, message)
            );
        }
    }

    #[test]
    fn distance_km_needs_numbers() {
        let mut arguments = [0, 0, 0, 0].map(Value::Int).to_vec();
        arguments[3] = Value::Unit;
        assert_eq!(
            fails("distance_km", arguments.clone()),
            Failure::new(
                Code::Type,
                "`distance_km` needs a number as its fourth argument, and got `()`"
            )
        );
        let secret = Secret::new("1".to_owned());
        arguments[0] = Value::Secret(&secret);
        assert_eq!(
            fails("distance_km", arguments),
            Failure::uncatchable(
                Code::SecretUse,
                "`distance_km` needs a number as its first argument, and got a secret"
            )
        );
    }
}
