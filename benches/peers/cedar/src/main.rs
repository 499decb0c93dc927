//! Cedar by `cedar-policy`: the user is the principal, the client is the resource.
//!
//! `mfa-peers` starts this program, with the kind of input as the argument.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression,
};
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn, serve};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
use std::env;

/// Permits what needs a second factor.
const POLICY: &str = include_str!("../../policies/policy.cedar");

/// The configuration of the policy: the clients that ask for a second factor are in a group.
const ENTITIES: &str = include_str!("../../policies/entities.json");

fn main() -> Result<(), Failure> {
    match env::args().nth(1).as_deref() {
        Some("ready") => serve(|logins| ready(&logins)),
        Some("text") => serve(text),
        _ => Err("this program is started by mfa-peers".into()),
    }
}

fn ready(logins: &[Text]) -> Result<Box<dyn Contestant>, Failure> {
    let engine = Engine::new()?;
    let logins = logins.iter().map(|login| engine.read(login));
    let logins = logins.collect::<Result<_, _>>()?;
    Ok(Box::new(Ready { engine, logins }))
}

fn text(logins: Vec<Text>) -> Result<Box<dyn Contestant>, Failure> {
    let engine = Engine::new()?;
    Ok(Box::new(FromText { engine, logins }))
}

struct Engine {
    authorizer: Authorizer,
    policies: PolicySet,
    clients: Entities,
    user: EntityTypeName,
    client: EntityTypeName,
    action: EntityUid,
}

impl Engine {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: POLICY.parse()?,
            clients: Entities::from_json_str(ENTITIES, None)?,
            user: "User".parse()?,
            client: "Client".parse()?,
            action: r#"Action::"require_mfa""#.parse()?,
        })
    }

    fn read(&self, login: &Text) -> Result<Prepared, Failure> {
        let user = serde_json::from_str(&login.user)?;
        let context = serde_json::from_str(&login.context)?;
        let principal = identify(&self.user, &user, "user_id")?;
        let resource = identify(&self.client, &context, "clientID")?;
        let (Json::Object(user), Json::Object(context)) = (user, context) else {
            return Err("a login consists of two objects".into());
        };
        let user = Entity::new(principal.clone(), attributes(user)?, HashSet::new())?;
        let client = self.clients.get(&resource).cloned();
        let context = Context::from_pairs(attributes::<Vec<_>>(context)?)?;
        Ok(Prepared {
            request: Request::new(principal, self.action.clone(), resource, context, None)?,
            entities: Entities::from_entities([user].into_iter().chain(client), None)?,
        })
    }

    fn decide(&self, login: &Prepared) -> Result<Answer, Failure> {
        let response =
            self.authorizer
                .is_authorized(&login.request, &self.policies, &login.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string().into());
        }
        Ok((response.decision() == Decision::Allow).then_some(Asked {
            remember_browser: false,
        }))
    }
}

/// A login as Cedar has it.
struct Prepared {
    request: Request,
    entities: Entities,
}

struct Ready {
    engine: Engine,
    logins: Vec<Prepared>,
}

impl Contestant for Ready {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| self.engine.decide(login))
    }
}

struct FromText {
    engine: Engine,
    logins: Vec<Text>,
}

impl Contestant for FromText {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            self.engine.decide(&self.engine.read(login)?)
        })
    }
}

fn identify(kind: &EntityTypeName, json: &Json, key: &str) -> Result<EntityUid, Failure> {
    let id = json.get(key).and_then(Json::as_str);
    let id = id.ok_or_else(|| format!("there is no {key}"))?;
    Ok(EntityUid::from_type_name_and_id(
        kind.clone(),
        EntityId::new(id),
    ))
}

/// The members of an object, but for those that are `null`, which Cedar does not have.
fn attributes<A: FromIterator<(String, RestrictedExpression)>>(
    members: Map<String, Json>,
) -> Result<A, Failure> {
    let members = members.into_iter();
    let attributes = members.filter_map(|(key, value)| match expression(value) {
        Ok(value) => value.map(|value| Ok((key, value))),
        Err(failure) => Some(Err(failure)),
    });
    attributes.collect()
}

fn expression(json: Json) -> Result<Option<RestrictedExpression>, Failure> {
    Ok(Some(match json {
        Json::Null => return Ok(None),
        Json::Bool(value) => RestrictedExpression::new_bool(value),
        // Cedar has no floating point, and its decimals take longer than texts.
        Json::Number(number) => match number.as_i64() {
            Some(integer) => RestrictedExpression::new_long(integer),
            None => RestrictedExpression::new_string(number.to_string()),
        },
        Json::String(text) => RestrictedExpression::new_string(text),
        Json::Array(items) => {
            let items = items.into_iter().map(expression);
            let items = items.filter_map(Result::transpose);
            RestrictedExpression::new_set(items.collect::<Result<Vec<_>, _>>()?)
        }
        Json::Object(members) => RestrictedExpression::new_record(attributes::<Vec<_>>(members)?)?,
    }))
}
