export default function Home() {
  return <a href="/users">Users</a>
}
