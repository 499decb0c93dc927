package mfa

# Asks for a second factor, for which the browser is not remembered.
default required := false

required if {
	input.context.clientID in data.clients_with_mfa
	flag := input.user.app_metadata.use_mfa
	not flag in {false, null, 0, ""}
}
