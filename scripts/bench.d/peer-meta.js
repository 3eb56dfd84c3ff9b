// Meta's own Node SDK: its classes normalise and hash, the payload is printed.
const readline = require('readline');
const sdk = require('facebook-nodejs-business-sdk');
const {ServerEvent, UserData, CustomData, Content} = sdk;
const out = [];
const lines = readline.createInterface({input: process.stdin});
lines.on('line', (line) => {
  const e = JSON.parse(line);
  const u = e.user_data;
  const user = new UserData()
    .setEmail(u.email).setPhone(u.phone).setFirstName(u.first_name)
    .setLastName(u.last_name).setCity(u.city).setState(u.state)
    .setZip(u.postal_code).setCountry(u.country).setExternalId(u.external_id)
    .setClientIpAddress(u.client_ip_address)
    .setClientUserAgent(u.client_user_agent).setFbc(u.fbc).setFbp(u.fbp);
  const custom = new CustomData().setValue(e.custom_data.value)
    .setCurrency(e.custom_data.currency).setOrderId(e.custom_data.order_id)
    .setContents(e.custom_data.items.map((i) =>
      new Content().setId(i.id).setQuantity(i.quantity).setItemPrice(i.price)));
  const event = new ServerEvent().setEventName(e.event_name)
    .setEventTime(e.event_time).setEventId(e.event_id)
    .setActionSource(e.action_source).setEventSourceUrl(e.event_source_url)
    .setUserData(user).setCustomData(custom);
  out.push(JSON.stringify(event.normalize()));
  if (out.length === 1000) process.stdout.write(out.splice(0).join('\n') + '\n');
});
lines.on('close', () => process.stdout.write(out.map((l) => l + '\n').join('')));
