function (user, context, callback) {
  const clients = configuration.CLIENTS_WITH_MFA || ['REPLACE_WITH_YOUR_CLIENT_ID'];

  if (clients.includes(context.clientID) && user.app_metadata && user.app_metadata.use_mfa) {
    context.multifactor = {
      provider: 'guardian',
      allowRememberBrowser: false,
    };
  }

  callback(null, user, context);
}
