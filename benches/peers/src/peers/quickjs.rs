//! QuickJS by `rquickjs`: the policy is a rule in JavaScript, in Auth0's form.

use crate::logins::{Input, Login};
use crate::peers::Made;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use rquickjs::{CatchResultExt, Context, Ctx, FromJs, Function, Object, Persistent, Runtime};
use serde_json::Value as Json;

/// The rule, which is an expression.
const POLICY: &str = include_str!("../../policies/policy.js");

/// What calls the rule. It stays in JavaScript until the decision is known, because each call
/// between the languages costs more than all of it, and takes the request for a second factor out
/// of the context again, because the same login comes back in the next pass.
const HOST: &str = "(rule) => {
    let asked;
    const callback = (error, user, context) => {
        if (error) {
            throw error;
        }
        const multifactor = context.multifactor;
        if (multifactor) {
            asked = multifactor.allowRememberBrowser !== false;
            context.multifactor = undefined;
        }
    };
    return (user, context) => {
        asked = undefined;
        rule(user, context, callback);
        return asked;
    };
}";

pub(super) fn ready(input: &Input) -> Made<'_> {
    let engine = Engine::new(input)?;
    let logins = engine.context.with(|js| {
        let prepare = |login: &Login| -> Result<Prepared, Failure> {
            let user: Object<'_> = convert(&js, &login.user)?;
            let context: Object<'_> = convert(&js, &login.context)?;
            Ok(Prepared {
                user: Persistent::save(&js, user),
                context: Persistent::save(&js, context),
            })
        };
        input.logins.iter().map(prepare).collect::<Result<_, _>>()
    })?;
    Ok(Box::new(Ready { logins, engine }))
}

pub(super) fn text(input: &Input) -> Made<'_> {
    let engine = Engine::new(input)?;
    let logins = input.texts();
    Ok(Box::new(FromText { logins, engine }))
}

struct Engine {
    decide: Persistent<Function<'static>>,
    context: Context,
}

impl Engine {
    fn new(input: &Input) -> Result<Self, Failure> {
        let context = Context::full(&Runtime::new()?)?;
        let decide = context.with(|js| {
            let configuration: Object<'_> = convert(&js, &input.configuration.clone().into())?;
            js.globals().set("configuration", configuration)?;
            let rule: Function<'_> = evaluate(&js, &format!("({POLICY})"))?;
            let host: Function<'_> = evaluate(&js, HOST)?;
            let decide: Function<'_> = host.call((rule,))?;
            Ok::<_, Failure>(Persistent::save(&js, decide))
        })?;
        Ok(Self { decide, context })
    }
}

struct Ready {
    logins: Vec<Prepared>,
    engine: Engine,
}

/// A login as JavaScript has it.
struct Prepared {
    user: Persistent<Object<'static>>,
    context: Persistent<Object<'static>>,
}

impl Contestant for Ready {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        self.engine.context.with(|js| {
            let decide = self.engine.decide.clone().restore(&js)?;
            let restore = |login: &Prepared| -> rquickjs::Result<_> {
                let user = login.user.clone().restore(&js)?;
                Ok((user, login.context.clone().restore(&js)?))
            };
            let logins: Vec<_> = self.logins.iter().map(restore).collect::<Result<_, _>>()?;
            turn.decide(&logins, |(user, context)| answer(&decide, user, context))
        })
    }
}

struct FromText<'i> {
    logins: Vec<&'i Text>,
    engine: Engine,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        self.engine.context.with(|js| {
            let decide = self.engine.decide.clone().restore(&js)?;
            turn.decide(&self.logins, |login| {
                let user = Object::from_js(&js, js.json_parse(&*login.user)?)?;
                let context = Object::from_js(&js, js.json_parse(&*login.context)?)?;
                answer(&decide, &user, &context)
            })
        })
    }
}

fn answer<'js>(
    decide: &Function<'js>,
    user: &Object<'js>,
    context: &Object<'js>,
) -> Result<Answer, Failure> {
    let asked: Option<bool> = decide.call((user.clone(), context.clone()))?;
    Ok(asked.map(|remember_browser| Asked { remember_browser }))
}

fn convert<'js, V: FromJs<'js>>(js: &Ctx<'js>, json: &Json) -> rquickjs::Result<V> {
    V::from_js(js, js.json_parse(json.to_string())?)
}

fn evaluate<'js, V: FromJs<'js>>(js: &Ctx<'js>, script: &str) -> Result<V, Failure> {
    let value = js.eval(script).catch(js);
    value.map_err(|error| error.to_string().into())
}
