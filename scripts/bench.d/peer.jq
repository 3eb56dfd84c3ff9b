# The same payload, without hashing: jq has no SHA-256.
.user_data |= {em: [.email | ascii_downcase], ph: [.phone // "" | gsub("[^0-9]"; "")],
  fn: [.first_name | ascii_downcase], ln: [.last_name | ascii_downcase],
  ct: [.city | ascii_downcase], st: [.state // "" | ascii_downcase],
  zp: [.postal_code | ascii_downcase], country: [.country | ascii_downcase],
  external_id: [.external_id], client_ip_address, client_user_agent, fbc, fbp}
| .custom_data |= (.contents = [.items[] | {id, quantity, item_price: .price}] | del(.items))
