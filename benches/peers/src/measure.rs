//! Who takes how long: in turns, so that whatever else the machine does hits everybody.

use crate::logins::{Input, Login};
use crate::order::Order;
use crate::peers::{OURS, Peer};
use crate::spread::Spread;
use mfa_peers_harness::{Contestant, Failure, Turn};
use std::time::Duration;

/// How long the timed part of a turn takes at least.
const TURN: Duration = Duration::from_millis(2);

/// In which form logins come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In the peer's own values, made before.
    Ready,
    /// As two JSON texts.
    Text,
}

impl Form {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Ready, Self::Text];

    /// The name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready values",
            Self::Text => "JSON text",
        }
    }
}

/// A peer that decides about logins in one form, and how long that took in each round.
pub(crate) struct Entrant<'i> {
    peer: &'static Peer,
    form: Form,
    contestant: Box<dyn Contestant + 'i>,
    passes: u32,
    /// Nanoseconds per decision, a figure per round.
    times: Vec<f64>,
}

/// How long a decision takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    /// In nanoseconds.
    pub(crate) time: Spread,
    /// How many times as long as ours it is, compared within each round.
    pub(crate) ratio: f64,
}

/// Everybody, with the logins that they decide about.
pub(crate) struct Field<'i> {
    logins: &'i [Login],
    entrants: Vec<Entrant<'i>>,
    order: Order,
}

impl<'i> Field<'i> {
    /// Peers in both forms, as far as they take part in them.
    pub(crate) fn new(
        peers: impl IntoIterator<Item = &'static Peer>,
        input: &'i Input,
    ) -> Result<Self, Failure> {
        let mut entrants = Vec::new();
        for peer in peers {
            for form in Form::ALL {
                let make = match form {
                    Form::Ready => peer.ready,
                    Form::Text => peer.text,
                };
                if let Some(make) = make {
                    let contestant =
                        make(input).map_err(|failure| format!("{}: {failure}", peer.name))?;
                    entrants.push(Entrant::new(peer, form, contestant));
                }
            }
        }
        Ok(Self {
            logins: &input.logins,
            entrants,
            order: Order::new(input.logins.len()),
        })
    }

    /// Everybody decides about every login twice, and takes as many passes in a turn as it then
    /// needs. An error says who decides otherwise than the rest.
    pub(crate) fn agree(&mut self) -> Result<(), Failure> {
        for entrant in &mut self.entrants {
            entrant.pass(self.order.next(), self.logins)?;
            let time = entrant.pass(self.order.next(), self.logins)?;
            let passes = TURN.as_nanos().div_ceil(time.as_nanos().max(1));
            entrant.passes = u32::try_from(passes)?;
        }
        Ok(())
    }

    /// Everybody takes a turn, beginning with another one than last time.
    pub(crate) fn round(&mut self) -> Result<(), Failure> {
        for entrant in &mut self.entrants {
            entrant.take_turn(&mut self.order, self.logins)?;
        }
        self.entrants.rotate_left(1);
        Ok(())
    }

    /// How long a peer takes, when it takes part in a form.
    pub(crate) fn figure(&self, peer: &Peer, form: Form) -> Option<Figure> {
        let entrant = self.find(peer.name, form)?;
        let ours = self.find(OURS, form)?;
        let ratios = entrant.times.iter().zip(&ours.times);
        let ratios = ratios.map(|(time, ours)| time / ours).collect();
        Some(Figure {
            time: Spread::of(entrant.times.clone()),
            ratio: Spread::of(ratios).median,
        })
    }

    fn find(&self, name: &str, form: Form) -> Option<&Entrant<'i>> {
        let mut entrants = self.entrants.iter();
        entrants.find(|entrant| entrant.peer.name == name && entrant.form == form)
    }
}

impl<'i> Entrant<'i> {
    fn new(peer: &'static Peer, form: Form, contestant: Box<dyn Contestant + 'i>) -> Self {
        Self {
            peer,
            form,
            contestant,
            passes: 1,
            times: Vec::new(),
        }
    }

    /// Decides about all logins in an order, and compares every answer.
    fn pass(&mut self, order: &[usize], logins: &[Login]) -> Result<Duration, Failure> {
        let mut turn = Turn::new(order);
        let passed = self.contestant.pass(&mut turn);
        passed.map_err(|failure| format!("{}: {failure}", self.peer.name))?;
        for (number, answer) in turn.answers() {
            let login = logins.get(number).ok_or("there is no such login")?;
            if answer != login.expected {
                let (name, form) = (self.peer.name, self.form.name());
                let (expected, text) = (login.expected, &login.text);
                return Err(format!(
                    "{name} decides from {form} {answer:?} instead of {expected:?} about {text:?}"
                )
                .into());
            }
        }
        Ok(turn.time())
    }

    /// One pass that is not timed, because the caches are full of what the one before needed, and
    /// then the others, each in an order of its own.
    fn take_turn(&mut self, order: &mut Order, logins: &[Login]) -> Result<(), Failure> {
        self.pass(order.next(), logins)?;
        let mut time = Duration::ZERO;
        for _ in 0..self.passes {
            time = time.saturating_add(self.pass(order.next(), logins)?);
        }
        let decisions = f64::from(self.passes) * f64::from(u32::try_from(logins.len())?);
        self.times.push(time.as_secs_f64() * 1e9 / decisions);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Form};
    use crate::logins::Input;
    use crate::peers::{PEERS, Peer};
    use mfa_peers_harness::{Contestant, Failure, Turn};

    struct Never;

    impl Contestant for Never {
        fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
            let logins: Vec<()> = vec![(); turn.answers().count()];
            turn.decide(&logins, |()| Ok(None))
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "everybody is made by functions of one type"
    )]
    fn never(_: &Input) -> Result<Box<dyn Contestant + '_>, Failure> {
        Ok(Box::new(Never))
    }

    static NEVER: Peer = Peer {
        name: "never",
        packages: &[],
        ready: Some(never),
        text: None,
    };

    /// Cedar is a program of its own, which `--check` starts.
    #[test]
    fn everybody_decides_the_same_about_every_login() {
        let input = Input::new();
        let peers = PEERS.iter().filter(|peer| peer.name != "Cedar");
        let mut field = Field::new(peers, &input).unwrap();
        field.agree().unwrap();
        field.round().unwrap();
        assert_eq!(field.entrants.len(), 17);
    }

    #[test]
    fn whoever_decides_otherwise_is_named() {
        let input = Input::new();
        let failure = Field::new([&NEVER], &input).unwrap().agree().unwrap_err();
        let text = failure.to_string();
        assert!(
            text.starts_with("never decides from ready values None"),
            "{text}"
        );
    }

    #[test]
    fn ours_takes_as_long_as_ours() {
        let input = Input::new();
        let mut field = Field::new(PEERS.iter().take(2), &input).unwrap();
        field.agree().unwrap();
        field.round().unwrap();
        field.round().unwrap();
        for form in Form::ALL {
            let figure = field.figure(&PEERS[0], form).unwrap();
            assert!((figure.ratio - 1.0).abs() < f64::EPSILON);
            assert!(figure.time.median > 0.0);
        }
    }
}
