//! The reference page of the functions that an embedder adds.

use super::{Function, Functions};
use std::fmt::Write;

impl Functions {
    /// The reference of these functions, for the people who write rules: Markdown in the manner of
    /// [`host_function_reference`](crate::host_function_reference).
    ///
    /// ```
    /// use mfa_rules::{Function, Functions};
    /// use serde_json::json;
    ///
    /// let function = Function::new("is_holiday", |_| Ok(json!(false)))
    ///     .argument("day", "A day as a text: `2026-01-05`.")
    ///     .about("Whether nobody works on a day.");
    /// let page = Functions::new().with(function)?.reference();
    /// assert!(page.contains("### `is_holiday`"));
    /// # Ok::<(), mfa_rules::RegistrationError>(())
    /// ```
    pub fn reference(&self) -> String {
        let mut page = String::from(
            "# Functions of this server\n\n\
             What a rule may call besides its own functions and the host functions of the engine.\n\
             A script function may not have the name of one of these.\n\n\
             `a.f(b)` and `f(a, b)` are the same call.\n\
             An error of such a function is a failure with the code `function`; a value that JSON cannot hold is one with the code `type`, and a secret one with the code `secret-use`, which nothing catches.\n",
        );
        for function in self.all() {
            write_function(&mut page, function);
        }
        page
    }
}

fn write_function(page: &mut String, function: &Function) {
    // Writing to a text does not fail.
    let _ = write!(page, "\n### `{}`\n\n```text\n", function.name());
    for signature in function.signatures() {
        let _ = writeln!(page, "{signature}");
    }
    page.push_str("```\n");
    if !function.about_text().is_empty() {
        let _ = write!(page, "\n{}\n", function.about_text());
    }
    if !function.arguments().is_empty() {
        page.push('\n');
    }
    for argument in function.arguments() {
        let _ = writeln!(page, "- `{}`: {}", argument.name, argument.about);
    }
    let operations = match function.operations() {
        1 => "1 operation".to_owned(),
        more => format!("{more} operations"),
    };
    let _ = write!(
        page,
        "\nVersion {}. A call costs {operations}, and those of its arguments and result.\n",
        function.version_number()
    );
}

#[cfg(test)]
mod tests {
    use crate::plugin::{Function, Functions};
    use serde_json::Value as Json;

    #[test]
    fn the_page_has_forms_arguments_version_and_cost() {
        let functions = Functions::new()
            .with(
                Function::new("device_reputation", |_| Ok(Json::Null))
                    .about("How far a device can be trusted.")
                    .argument("device", "The device.")
                    .optional_argument("since", "A day.")
                    .version(3)
                    .cost(50),
            )
            .and_then(|functions| functions.with(Function::new("plain", |_| Ok(Json::Null))))
            .expect("both can be registered");
        let page = functions.reference();
        let (_, entries) = page.split_once("\n### ").expect("there are entries");
        assert_eq!(
            entries,
            "`device_reputation`\n\n```text\ndevice_reputation(device)\n\
             device_reputation(device, since)\n```\n\nHow far a device can be trusted.\n\n\
             - `device`: The device.\n- `since`: A day.\n\n\
             Version 3. A call costs 50 operations, and those of its arguments and result.\n\n\
             ### `plain`\n\n```text\nplain()\n```\n\n\
             Version 1. A call costs 1 operation, and those of its arguments and result.\n"
        );
    }
}
